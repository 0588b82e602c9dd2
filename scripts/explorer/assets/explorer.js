// What the page does when it is used: shows one part at a time, draws the charts of a
// part when it is first seen, and answers to its controls. Everything it shows is in the
// page already; it must never ask for anything else.
"use strict";

const content = JSON.parse(document.getElementById("content").textContent);
const SETTINGS = { displayModeBar: false, responsive: true, doubleClick: "reset", showTips: false };
const views = [...document.querySelectorAll(".view")];
const choice = document.getElementById("state-choice");
const title = document.title;

// --- Which part is shown ------------------------------------------------------

function shownView() {
  return views.find((view) => view.id === location.hash.slice(1)) || views[0];
}

function show({ movesFocus = true } = {}) {
  const shown = shownView();
  for (const view of views) view.hidden = view !== shown;
  for (const link of document.querySelectorAll("nav a")) {
    const isShown = link.getAttribute("href") === "#" + shown.id;
    if (isShown) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  choice.value = shown.id.startsWith("state-") ? shown.id : "";
  const heading = shown.querySelector("h2");
  document.title = heading.textContent.trim() + " · " + title;
  drawCharts(shown);
  if (!movesFocus) return;
  // The reader, also one who listens, begins at the heading.
  window.scrollTo(0, 0);
  heading.focus({ preventScroll: true });
}

// What is not seen to change, for those who listen.
function announce(text) {
  document.getElementById("announcer").textContent = text;
}

function openState(id) {
  if (Number(id) >= 0) location.hash = "state-" + id;
}

// --- Charts ---------------------------------------------------------------------

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

// A finger that scrolls the page is taken for a click by Plotly; the browser cancels it.
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
  // A treemap would otherwise zoom into the tile.
  place.on("plotly_treemapclick", (event) => {
    openState(event.points[0].id);
    return false;
  });
}

// Of bands on top of each other Plotly names all of the week, not the one pointed at.
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

// Plotly shrinks text until it fits a tile; the table holds what is left out.
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

// --- Flows between two weeks ------------------------------------------------------

const NEWCOMERS = { name: "Came in between", label: "Came in between", colour: "#ffffff" };
const FADED = "66";  // of 255: the opacity of a flow
const FIRST_SPAN = 12;  // weeks: long enough for moves to be seen

function weeksBetween(one, other) {
  return (Date.parse(other) - Date.parse(one)) / (7 * 24 * 3600 * 1000);
}

function flowRows() {
  const [from, to] = ["flow-from", "flow-to"].map((id) => document.getElementById(id).value);
  const withStays = document.getElementById("flow-stays").checked;
  const rows = content.flows.pairs[from + "|" + to] || [];
  return rows.filter((row) => withStays || row[0] !== row[1]);
}

function drawFlows() {
  const place = document.getElementById("sankey");
  if (!place) return;
  const [from, to] = [document.getElementById("flow-from"), document.getElementById("flow-to")];
  const weeks = content.flows.weeks;
  to.value = weeks[weeks.length - 1];
  from.value = weeks.findLast((week) => weeksBetween(week, to.value) >= FIRST_SPAN) || weeks[0];
  for (const control of [from, to, document.getElementById("flow-stays")]) {
    control.addEventListener("change", (event) => {
      keepInOrder(from, to, event.target);
      redrawFlows(place);
    });
  }
  redrawFlows(place);
}

// The first week lies before the second: the one that was not chosen gives way.
function keepInOrder(from, to, chosen) {
  if (from.selectedIndex < to.selectedIndex) return;
  if (chosen === from && from.selectedIndex < from.length - 1) to.selectedIndex = from.selectedIndex + 1;
  else if (to.selectedIndex > 0) from.selectedIndex = to.selectedIndex - 1;
  else [from.selectedIndex, to.selectedIndex] = [0, 1];
}

function redrawFlows(place) {
  const rows = flowRows();
  const stateOf = (id) => (id < 0 ? NEWCOMERS : content.flows.states[id]);
  const sides = [0, 1].map((side) => [...new Set(rows.map((row) => row[side]))].sort(byDisplay));
  const nodes = sides.flatMap((ids, side) => placed(ids, side, rows).map((node) => ({ ...node, ...stateOf(node.id) })));
  const numberOf = (id, side) => nodes.findIndex((node) => node.id === id && node.side === side);
  const trace = {
    type: "sankey",
    arrangement: "snap",
    valueformat: ",",
    valuesuffix: " users",
    node: {
      label: nodes.map((node) => node.label),
      color: nodes.map((node) => node.colour),
      customdata: nodes.map((node) => node.id),
      x: nodes.map((node) => node.x),
      y: nodes.map((node) => node.y),
      line: { color: "#5f5f5f", width: 0.5 },
      pad: 12,
      thickness: 18,
      hovertemplate: "%{label}<br>%{value}<extra></extra>",
    },
    link: {
      source: rows.map((row) => numberOf(row[0], 0)),
      target: rows.map((row) => numberOf(row[1], 1)),
      value: rows.map((row) => row[2]),
      color: rows.map((row) => (row[0] < 0 ? "#cccccc" : stateOf(row[0]).colour) + FADED),
      hovertemplate: "%{source.label} → %{target.label}<br>%{value}<extra></extra>",
    },
  };
  const layout = {
    height: 140 + 46 * Math.max(sides[0].length, sides[1].length),
    autosize: true,
    margin: { l: 10, r: 10, t: 10, b: 30 },
    font: { family: "system-ui, sans-serif", size: 13, color: "#1a1a1a" },
  };
  // Drawn anew, for a drawing that is changed moves: on paper it is caught on its way.
  Plotly.newPlot(place, [trace], layout, SETTINGS);
  openStatesOnClick(place);
  fillFlowTable(rows, stateOf);
}

// From top to bottom in the order of display; x and y are shares of the drawing.
function placed(ids, side, rows) {
  const users = ids.map((id) => rows.reduce((sum, row) => sum + (row[side] === id ? row[2] : 0), 0));
  const total = users.reduce((sum, n) => sum + n, 0);
  let above = 0;
  return ids.map((id, i) => {
    const middle = (above + users[i] / 2) / total;
    above += users[i];
    return { id, side, x: side ? 0.999 : 0.001, y: Math.min(Math.max(middle, 0.001), 0.999) };
  });
}

// As in every table of the page: state 0 last, newcomers after it.
function byDisplay(one, other) {
  const rank = (id) => (id > 0 ? id : 1000 - id);
  return rank(one) - rank(other);
}

function fillFlowTable(rows, stateOf) {
  const table = document.getElementById("flow-table");
  const [from, to] = ["flow-from", "flow-to"].map((id) => document.getElementById(id).value);
  const total = rows.reduce((sum, row) => sum + row[2], 0);
  table.caption.textContent =
    `${total.toLocaleString("en")} users, from the week of ${from} to the week of ${to}`;
  const body = table.tBodies[0];
  body.replaceChildren();
  for (const [one, other, n] of [...rows].sort((a, b) => b[2] - a[2])) {
    const line = body.insertRow();
    for (const text of [stateOf(one).name, stateOf(other).name, n.toLocaleString("en")]) {
      line.insertCell().textContent = text;
    }
    line.lastChild.className = "number";
  }
}

// --- The transition graph -----------------------------------------------------------

const slider = document.getElementById("threshold");

function drawGraph() {
  const place = document.getElementById("graph");
  slider.addEventListener("input", () => redrawGraph(place));
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => zoom(place, Number(button.dataset.zoom)));
  }
  for (const button of document.querySelectorAll("[data-across]")) {
    button.addEventListener("click", () => move(place, Number(button.dataset.across), Number(button.dataset.up)));
  }
  redrawGraph(place);
  openStatesOnClick(place);
  place.on("plotly_clickannotation", (event) => {
    openState(content.graph.nodes[event.index].state);
  });
}

function redrawGraph(place) {
  const { graph } = content;
  const threshold = graph.thresholds[Number(slider.value)];
  const edges = graph.edges.filter((edge) => edge.probability >= threshold);
  const words = (100 * threshold).toLocaleString("en", { maximumSignificantDigits: 3 }) + "%";
  document.getElementById("threshold-text").textContent = words;
  const count = `${edges.length} of ${graph.n_moves} moves`;
  slider.setAttribute("aria-valuetext", `${words} a week: ${count}`);
  document.getElementById("edge-count").textContent = count;
  document.getElementById("least").textContent = words;
  const old = place.layout;
  Plotly.react(place, [...edges.map(edgeTrace), headTrace(edges), nodeTrace(graph)], graphLayout(graph, old), SETTINGS);
}

function edgeTrace(edge) {
  return {
    type: "scatter",
    mode: "lines",
    x: edge.x,
    y: edge.y,
    line: { color: edge.colour, width: edge.width, shape: "spline" },
    text: edge.text,
    hovertemplate: "%{text}<extra></extra>",
  };
}

// Heads of all arrows, above the lines.
function headTrace(edges) {
  return {
    type: "scatter",
    mode: "markers",
    x: edges.map((edge) => edge.x.at(-1)),
    y: edges.map((edge) => edge.y.at(-1)),
    marker: {
      symbol: "triangle-up",
      angle: edges.map((edge) => edge.angle),
      size: edges.map((edge) => 9 + 1.2 * edge.width),
      color: edges.map((edge) => edge.colour),
      opacity: 1,
      line: { width: 0 },
    },
    text: edges.map((edge) => edge.text),
    hovertemplate: "%{text}<extra></extra>",
  };
}

function nodeTrace(graph) {
  return {
    type: "scatter",
    mode: "markers",
    x: graph.nodes.map((node) => node.x),
    y: graph.nodes.map((node) => node.y),
    customdata: graph.nodes.map((node) => node.state),
    text: graph.nodes.map((node) => node.name + "<br>" + node.text),
    marker: { size: 24, opacity: 0 },
    hovertemplate: "%{text}<extra></extra>",
  };
}

// Around the ellipse there is room for the names; on a phone for numbers only, which the
// list below explains.
function wholeGraph() {
  const isNarrow = window.innerWidth < 900;
  const reach = (key) => Math.max(...content.graph.nodes.map((node) => Math.abs(node[key])));
  const [x, y] = [reach("x") + (isNarrow ? 0.7 : 2.4), reach("y") + (isNarrow ? 0.7 : 1.3)];
  return { isNarrow, x: [-x, x], y: [-y, y] };
}

function graphLayout(graph, old) {
  const whole = wholeGraph();
  const range = old && old.xaxis ? { x: old.xaxis.range.slice(), y: old.yaxis.range.slice() } : whole;
  return {
    height: whole.isNarrow ? 330 : 560,
    autosize: true,
    margin: { l: 0, r: 0, t: 0, b: 0 },
    font: { family: "system-ui, sans-serif", size: 13, color: "#1a1a1a" },
    showlegend: false,
    // A finger that is drawn over it scrolls the page.
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "pan",
    hovermode: "closest",
    xaxis: { visible: false, range: range.x },
    yaxis: { visible: false, range: range.y, scaleanchor: "x" },
    shapes: graph.nodes.map((node) => ({
      type: "circle",
      layer: "above",
      x0: node.x - node.radius,
      x1: node.x + node.radius,
      y0: node.y - node.radius,
      y1: node.y + node.radius,
      fillcolor: node.colour,
      line: { width: 1, color: "#ffffff" },
    })),
    annotations: graph.nodes.map((node) => nameOutside(node, whole.isNarrow)),
  };
}

// A name lies on the far side of its disc, seen from the middle.
function nameOutside(node, isNarrow) {
  const length = Math.hypot(node.x, node.y) || 1;
  const [across, up] = [node.x / length, node.y / length];
  const gap = node.radius + 0.08;
  return {
    x: node.x + gap * across,
    y: node.y + gap * up,
    xanchor: across > 0.3 ? "left" : across < -0.3 ? "right" : "center",
    yanchor: up > 0.7 ? "bottom" : up < -0.7 ? "top" : "middle",
    align: across > 0.3 ? "left" : across < -0.3 ? "right" : "center",
    text: isNarrow ? String(node.state) : node.name,
    showarrow: false,
    captureevents: true,
    bgcolor: "rgba(255,255,255,0.8)",
    borderpad: 1,
  };
}

// Nearer or farther around the middle; 0 shows the whole graph.
function zoom(place, factor) {
  const whole = wholeGraph();
  const scaled = (range) => {
    const middle = (range[0] + range[1]) / 2;
    return range.map((end) => middle + (end - middle) * factor);
  };
  Plotly.relayout(place, {
    "xaxis.range": factor ? scaled(place.layout.xaxis.range) : whole.x,
    "yaxis.range": factor ? scaled(place.layout.yaxis.range) : whole.y,
  });
}

// By shares of what is seen.
function move(place, across, up) {
  const moved = (range, share) => range.map((end) => end + share * (range[1] - range[0]));
  Plotly.relayout(place, {
    "xaxis.range": moved(place.layout.xaxis.range, across),
    "yaxis.range": moved(place.layout.yaxis.range, up),
  });
}

// --- Other controls ---------------------------------------------------------------

// The focus stays, for arrow keys choose one state after the other; and Back returns to
// where the choosing began.
choice.addEventListener("change", () => {
  const address = "#" + (choice.value || "overview");
  if (shownView().id.startsWith("state-")) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  show({ movesFocus: false });
  announce(shownView().querySelector("h2").textContent.trim() + " is shown");
});

// Without an address of its own, which would be none of a part.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});

for (const button of document.querySelectorAll(".copy")) {
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copies);
    const isCopied = await copied(text);
    button.textContent = isCopied ? "Copied" : "Select and copy";
    announce(isCopied ? "SQL copied" : "Could not copy: the SQL is selected");
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

// A page from disk may have no clipboard; then the text is selected, to copy by hand.
async function copied(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return document.execCommand("copy");
  }
}

// --- On paper -----------------------------------------------------------------------

let openedForPrint = [];

// The page is as wide as paper before the charts are fitted to it. Tables that hold a
// chart's numbers are open; lists of rides, which take pages, are as the reader left them.
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

window.addEventListener("hashchange", () => show());
show({ movesFocus: false });
