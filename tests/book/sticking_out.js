// Returns what sticks out of the page at the right and stands in no box that scrolls.
const width = arguments[0];
const article = document.querySelector("article") || document.body;
const right = element => element.getBoundingClientRect().right;

const scrolls = element => {
  for (let box = element.parentElement; box && box !== document.body; box = box.parentElement)
    if (["auto", "scroll", "hidden"].includes(getComputedStyle(box).overflowX)
        && right(box) <= width + 1) return true;
  return false;
};
const found = [...article.querySelectorAll("*")]
  .filter(e => right(e) > width + 1 && !scrolls(e) && e.checkVisibility())
  .slice(0, 5)
  .map(e => `${e.localName}.${e.className}: ${e.textContent.slice(0, 60)}`);
if (document.documentElement.scrollWidth > width) found.push("the page scrolls sideways");
return found;
