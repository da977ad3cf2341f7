/* Typesets the formulas, starts the deck, and shrinks what does not fit on a slide. */
"use strict";

const SIZE = {width: 1120, height: 700};

/* Lower the font of a slide step by step until all of it fits. A wide picture shrinks with it; a tall
   one has the height that the title leaves, with the text beside it. */
function fit(slide) {
  if (!slide || slide.dataset.fitted) return;
  slide.dataset.fitted = "yes";
  const pictures = slide.querySelectorAll("img");
  const tall = [...pictures].some((one) => one.naturalHeight > 0.9 * one.naturalWidth);
  slide.classList.toggle("tall", tall);
  const below = SIZE.height - 30 - slide.querySelector("h1, h2").offsetHeight;
  for (let scale = 1; scale === 1 || (scale > 0.5 && tooLarge(slide)); scale -= 0.05) {
    slide.style.fontSize = `${scale}em`;
    for (const one of pictures) one.style.maxHeight = `${tall ? below - 20 : 440 * scale}px`;
  }
}

function tooLarge(slide) {
  return slide.scrollHeight > SIZE.height || slide.scrollWidth > SIZE.width + 1;
}

window.deckReady = MathJax.startup.promise.then(async () => {
  if (/short/.test(location.search)) {
    for (const one of document.querySelectorAll(".derivation")) one.dataset.visibility = "hidden";
  }
  Reveal.on("pdf-ready", () => document.querySelectorAll(".slides section").forEach(fit));
  await Reveal.initialize({
    ...SIZE, margin: 0.05, center: false, hash: true, slideNumber: "c/t", transition: "none",
    controlsTutorial: false, plugins: [RevealNotes], pdfMaxPagesPerSlide: 1,
  });
  Reveal.on("slidechanged", (event) => fit(event.currentSlide));
  await Promise.all([...document.images].map((picture) => picture.decode().catch(() => null)));
  if (!/print-pdf/.test(location.search)) fit(Reveal.getCurrentSlide());  // else once it has its page
});
