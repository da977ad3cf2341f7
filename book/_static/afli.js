/* Draws the interactive figures; mends small accessibility flaws of the theme. */
document.addEventListener("DOMContentLoaded", () => {
  for (const figure of document.querySelectorAll(".afli-interactive")) {
    if (!window.Plotly) break;  // the static picture stays
    const { data, layout } = JSON.parse(figure.querySelector("script").textContent);
    const plot = figure.querySelector(".afli-plot");
    window.Plotly.newPlot(plot, data, layout, { responsive: true, displaylogo: false })
      .then(() => figure.classList.add("drawn"));
  }
});
