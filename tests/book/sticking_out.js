// Returns what sticks out of the page at the right and stands in no box that scrolls.
const width = arguments[0];
const article = document.querySelector("article") || document.body;
const right = box => box.getBoundingClientRect().right;

const scrolls = element => {
  for (let box = element; box && box !== document.body; box = box.parentElement)
    if (["auto", "scroll", "hidden"].includes(getComputedStyle(box).overflowX)
        && right(box) <= width + 1) return true;
  return false;
};
const out = new Set();
for (const element of article.querySelectorAll("*"))
  if (right(element) > width + 1 && element.checkVisibility() && !scrolls(element.parentElement))
    out.add(`${element.localName}.${element.className}: ${element.textContent.slice(0, 60)}`);

const texts = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
const range = document.createRange();
while (texts.nextNode()) {
  const text = texts.currentNode;
  range.selectNodeContents(text);
  if (right(range) > width + 1 && text.parentElement.checkVisibility()
      && !scrolls(text.parentElement)) out.add(`text: ${text.data.trim().slice(0, 80)}`);
}
if (document.documentElement.scrollWidth > width) out.add("the page scrolls sideways");
return [...out].slice(0, 5);
