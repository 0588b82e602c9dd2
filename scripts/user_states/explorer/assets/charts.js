// Charts.

function drawCharts(view) {
  for (const place of view.querySelectorAll("[data-chart]")) {
    if (!place.dataset.isDrawn) drawChart(place);
  }
  if (view.id === "moves" && !view.dataset.isDrawn) {
    view.dataset.isDrawn = "yes";
    drawFlows();
    drawGraph();
  }
}

function drawChart(place) {
  const chart = content.charts[place.dataset.chart];
  Plotly.react(place, chart.data, chart.layout, SETTINGS);
  if (place.dataset.isDrawn) return;
  place.dataset.isDrawn = "yes";
  openStatesOnClick(place);
}

// When a finger scrolls the page, the browser cancels the pointer but Plotly reports a click.
let isScrolling = false;
document.addEventListener("pointerdown", () => { isScrolling = false; }, true);
document.addEventListener("pointercancel", () => { isScrolling = true; }, true);

function openStatesOnClick(place) {
  place.on("plotly_click", (event) => {
    if (isScrolling) return;
    const isBand = event.points[0].data.stackgroup !== undefined;
    const state = isBand ? bandAt(place, event) : event.points[0].customdata;
    if (state !== undefined) openState(state);
  });
  place.on("plotly_afterplot", () => leaveOutTinyText(place));
  // Otherwise a treemap would zoom into the tile.
  place.on("plotly_treemapclick", (event) => {
    openState(event.points[0].id);
    return false;
  });
}

// For stacked bands Plotly reports all bands of the week, not the one under the pointer.
function bandAt(place, event) {
  const { yaxis, pointNumber } = event.points[0];
  const top = place.querySelector(".nsewdrag").getBoundingClientRect().top;
  let above = yaxis.p2d(event.event.clientY - top);
  for (const band of place.data) {
    above -= band.y[pointNumber];
    if (above < 0) return band.meta;
  }
  return undefined;
}

// Plotly shrinks text until it fits its tile. Text that is too small is hidden; the table has it.
const SMALLEST_TEXT = 9;  // pixels

function leaveOutTinyText(place) {
  for (const text of place.querySelectorAll(".slicetext")) {
    const scale = /scale\(([\d.]+)\)/.exec(text.getAttribute("transform"));
    const size = parseFloat(text.style.fontSize) * (scale ? Number(scale[1]) : 1);
    text.style.visibility = size < SMALLEST_TEXT ? "hidden" : "";
  }
}

for (const input of document.querySelectorAll("input[data-shows]")) {
  input.addEventListener("change", () => {
    const place = document.getElementById("chart-" + input.dataset.shows);
    place.dataset.chart = input.value;
    drawChart(place);
  });
}
