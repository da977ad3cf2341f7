// The contrast of lines and of texts of an explorable with the page behind it, and the dashes.
const channel = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const light = colour => {
  const [r, g, b] = colour.match(/[\d.]+/g).map(Number);
  return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
};
const ratio = (one, other) => {
  const [high, low] = [light(one), light(other)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
};
document.documentElement.dataset.theme = arguments[0];
const box = document.querySelector(".afli-explorable");
const style = selector => getComputedStyle(box.querySelector(selector));
const clear = element => /rgba\(0, 0, 0, 0\)/.test(getComputedStyle(element).backgroundColor);
let behind = box;
while (clear(behind)) behind = behind.parentElement;
const paper = getComputedStyle(behind).backgroundColor;
const lines = ["one", "two", "three"].map(look => style(`svg .line.${look}`));
return {
  lines: lines.map(line => ratio(line.stroke, paper)),
  texts: [ratio(style("svg text").fill, paper), ratio(style("figcaption").color, paper)],
  dashes: lines.map(line => line.strokeDasharray),
};
