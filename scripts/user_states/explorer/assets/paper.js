// On paper.

let openedForPrint = [];

// The page gets the width of paper before the charts are fitted to it. Tables with the
// numbers of charts are opened; lists of rides take pages, so they stay as the reader left
// them.
window.addEventListener("beforeprint", () => {
  document.body.classList.add("on-paper");
  openedForPrint = [...shownView().querySelectorAll("details:not(.evidence, [open])")];
  for (const details of openedForPrint) details.open = true;
  fitCharts((chart) => ({ width: chart.clientWidth }));
});

window.addEventListener("afterprint", () => {
  document.body.classList.remove("on-paper");
  for (const details of openedForPrint) details.open = false;
  fitCharts(() => ({ width: null, autosize: true }));
});

function fitCharts(sizeOf) {
  for (const chart of shownView().querySelectorAll(".js-plotly-plot")) {
    if (chart.id === "sankey") redrawFlows(chart);
    else Plotly.relayout(chart, sizeOf(chart));
  }
}
