// Reports what is wrong with the open page, as a list of sentences.
const done = arguments[arguments.length - 1];
const problems = [];
const article = document.querySelector("article") || document.body;
const wait = ms => new Promise(resolve => setTimeout(resolve, ms));
(async () => {
  if (window.MathJax) await MathJax.startup.promise;
  else if (article.querySelector(".math")) problems.push("MathJax did not load");
  for (const e of article.querySelectorAll(".math"))
    if (!e.querySelector("mjx-container")) problems.push("not typeset: " + e.textContent.slice(0, 80));
  for (const e of document.querySelectorAll("mjx-merror, [data-mjx-error]"))
    problems.push("formula with an error: " + (e.getAttribute("data-mjx-error") || e.textContent));

  const texts = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    if (node.parentElement.closest("code, pre, script, style, mjx-container, .afli-plot")) continue;
    if (/\\\(|\\\[|\$\$|\$[^$\s][^$]*\$|\\begin\{|\{[a-z:]+\}`/.test(node.data))
      problems.push("raw markup: " + node.data.trim().slice(0, 80));
  }
  for (const image of document.images) {
    if (!image.alt.trim()) problems.push("no alternative text: " + image.src.slice(-60));
    image.loading = "eager";
    try { await image.decode(); } catch { problems.push("broken picture: " + image.src.slice(-60)); }
  }
  for (const figure of document.querySelectorAll(".afli-interactive")) {
    for (let tries = 0; tries < 50 && !figure.matches(".drawn"); tries++) await wait(100);
    if (!figure.querySelector(".main-svg")) problems.push("not drawn: " + figure.id);
    if (!figure.getAttribute("aria-label")) problems.push("no description: " + figure.id);
    for (const image of figure.querySelectorAll("img"))
      if (image.offsetParent) problems.push("drawn twice: " + figure.id);
  }
  const ids = [...article.querySelectorAll("[id]")].map(e => e.id);
  for (const id of ids.filter((id, i) => ids.indexOf(id) !== i)) problems.push("id twice: " + id);
  done(problems);
})().catch(error => done([String(error)]));
