// Flows between two weeks.

const NEWCOMERS = { name: content.flows.newcomers, label: content.flows.newcomers, colour: "#ffffff" };
const FADED = "66";  // of 255: the opacity of a flow

// The kind of states: in hindsight, or as known at the time.
function flowKind() {
  const chosen = document.querySelector("input[name=flow-kind]:checked");
  return chosen ? chosen.value : Object.keys(content.flows.kinds)[0];
}

function flowWeeks() {
  return ["flow-from", "flow-to"].map((id) => document.getElementById(id).value);
}

function flowRows() {
  const [from, to] = flowWeeks();
  const withStays = document.getElementById("flow-stays").checked;
  const rows = content.flows.kinds[flowKind()].pairs[from + "|" + to] || [];
  return rows.filter((row) => withStays || row[0] !== row[1]);
}

function drawFlows() {
  const place = document.getElementById("sankey");
  if (!place) return;
  const [from, to] = [document.getElementById("flow-from"), document.getElementById("flow-to")];
  offerWeeks(from, to);
  for (const control of [from, to, document.getElementById("flow-stays")]) {
    control.addEventListener("change", (event) => {
      keepInOrder(from, to, event.target);
      redrawFlows(place);
    });
  }
  for (const input of document.querySelectorAll("input[name=flow-kind]")) {
    input.addEventListener("change", () => {
      offerWeeks(from, to);
      redrawFlows(place);
    });
  }
  redrawFlows(place);
}

// Offers the weeks of the chosen kind, and selects the two that it starts with.
function offerWeeks(from, to) {
  const kind = content.flows.kinds[flowKind()];
  [from, to].forEach((select, side) => {
    select.replaceChildren(...kind.weeks.map((week) => new Option(week)));
    select.value = kind.start[side];
  });
}

// Keeps the first week before the second, by moving the one that the reader did not change.
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
    font: content.font,
  };
  // Plotly animates changes, and print would show them half-way: draw a new chart.
  Plotly.newPlot(place, [trace], layout, SETTINGS);
  openStatesOnClick(place);
  fillFlowTable(rows, stateOf);
  describeFlows(rows);
}

// From top to bottom in the order of display; x and y are shares of the chart.
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

// As in every table of the page: state 0 last, then newcomers.
function byDisplay(one, other) {
  const rank = (id) => (id > 0 ? id : 1000 - id);
  return rank(one) - rank(other);
}

function fillFlowTable(rows, stateOf) {
  const table = document.getElementById("flow-table");
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

// On paper there are no controls: this sentence says which weeks are shown.
function describeFlows(rows) {
  const [from, to] = flowWeeks();
  const kind = flowKind();
  const total = rows.reduce((sum, row) => sum + row[2], 0);
  document.getElementById("flow-words").textContent =
    `${total.toLocaleString("en")} users, from the week of ${from} to the week of ${to}, ` +
    `states ${content.flows.kinds[kind].words}.`;
  document.getElementById("flow-unsettled").hidden = kind !== "hindsight" || to <= content.flows.last_settled;
}
