// Goes through all slides of a deck; returns what is wrong with them, and how many there are.
const done = arguments[arguments.length - 1];
const look = () => {
  const problems = [];
  const count = Reveal.getTotalSlides();
  const text = document.querySelector(".slides").cloneNode(true);
  text.querySelectorAll("aside, pre, code, mjx-container").forEach((node) => node.remove());
  for (const raw of text.textContent.match(/\\[([a-zA-Z]+|\$\$|\{[a-z]+\}`/g) || []) {
    problems.push(`raw markup: ${raw}`);
  }
  if (document.querySelector("mjx-merror")) problems.push("a formula with an error");
  for (let at = 0; at < count; at++) {
    Reveal.slide(at);
    const slide = Reveal.getCurrentSlide();
    const called = `slide ${at + 1}, ${slide.querySelector("h1, h2").textContent}`;
    if (slide.scrollHeight > Reveal.getConfig().height) problems.push(`too long: ${called}`);
    if (slide.scrollWidth > Reveal.getConfig().width + 1) problems.push(`too wide: ${called}`);
    for (const picture of slide.querySelectorAll("img")) {
      if (!picture.naturalWidth) problems.push(`broken picture: ${called}`);
      if (!picture.alt) problems.push(`no alternative text: ${called}`);
      if (picture.getBoundingClientRect().width < 150) problems.push(`tiny picture: ${called}`);
    }
  }
  done({problems, count, notes: document.querySelectorAll("aside.notes p").length});
};
const fail = (error) => done({problems: [String(error)]});
if (window.deckReady) window.deckReady.then(look).catch(fail);
else fail("the deck did not start");
