// What the page does when it is used: shows one part at a time, draws the charts of a
// part when it is first seen, and answers to its controls. Everything it shows is in the
// page already; it must never ask for anything else.
"use strict";

const content = JSON.parse(document.getElementById("content").textContent);
const SETTINGS = { displayModeBar: false, responsive: true, doubleClick: "reset", showTips: false };
const views = [...document.querySelectorAll(".view")];
const choice = document.getElementById("state-choice");
const title = document.title;

// Which part is shown.

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
