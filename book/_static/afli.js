/* Draws the interactive figures. */
document.addEventListener("DOMContentLoaded", () => {
  for (const figure of document.querySelectorAll(".afli-interactive")) {
    if (!window.Plotly) break;  // the static picture stays
    const stored = JSON.parse(figure.querySelector("script").textContent);
    window.Plotly.newPlot(figure.querySelector(".afli-plot"), stored)
      .then(() => figure.classList.add("drawn"));
  }
});
