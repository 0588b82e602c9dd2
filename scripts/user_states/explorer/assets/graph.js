// The transition graph.

const slider = document.getElementById("threshold");

function drawGraph() {
  const place = document.getElementById("graph");
  if (!place) return;
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
  slider.setAttribute("aria-valuetext", `${words} per week: ${count}`);
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

// All arrowheads, above the lines.
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

// Names fit around the ellipse. On a phone only numbers fit; the list below explains them.
function wholeGraph() {
  const isNarrow = window.innerWidth < 900;
  const reach = (key) => Math.max(...content.graph.nodes.map((node) => Math.abs(node[key])));
  const [x, y] = [reach("x") + (isNarrow ? 1 : 2.4), reach("y") + (isNarrow ? 0.7 : 1.3)];
  return { isNarrow, x: [-x, x], y: [-y, y] };
}

function graphLayout(graph, old) {
  const whole = wholeGraph();
  const range = old && old.xaxis ? { x: old.xaxis.range.slice(), y: old.yaxis.range.slice() } : whole;
  return {
    height: whole.isNarrow ? 330 : 560,
    autosize: true,
    margin: { l: 0, r: 0, t: 0, b: 0 },
    font: content.font,
    showlegend: false,
    // A finger that moves over the graph scrolls the page.
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

// A name stands on the outer side of its disc.
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

// Zooms around the centre of what is shown; 0 shows the whole graph.
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

// Moves by shares of what is shown.
function move(place, across, up) {
  const moved = (range, share) => range.map((end) => end + share * (range[1] - range[0]));
  Plotly.relayout(place, {
    "xaxis.range": moved(place.layout.xaxis.range, across),
    "yaxis.range": moved(place.layout.yaxis.range, up),
  });
}
