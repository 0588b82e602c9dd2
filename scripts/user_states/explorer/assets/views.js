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

// The address names a part, or a section within one.
function addressed() {
  return document.getElementById(location.hash.slice(1));
}

function shownView() {
  return addressed()?.closest(".view") || views[0];
}

function show({ movesFocus = true } = {}) {
  const shown = shownView();
  for (const view of views) view.hidden = view !== shown;
  for (const link of document.querySelectorAll("header nav a")) {
    const isShown = link.getAttribute("href") === "#" + shown.id;
    if (isShown) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  choice.value = shown.id.startsWith("state-") ? shown.id : "";
  const heading = shown.querySelector("h2");
  document.title = heading.textContent.trim() + " · " + title;
  drawCharts(shown);
  const section = addressed();
  const isWithin = section !== shown && shown.contains(section);
  // The reader, also one who listens, begins at the heading; charts that have been
  // drawn above it have moved it.
  if (isWithin) section.scrollIntoView();
  else if (movesFocus) window.scrollTo(0, 0);
  if (movesFocus) (isWithin ? section : heading).focus({ preventScroll: true });
}

// What is not seen to change, for those who listen.
function announce(text) {
  document.getElementById("announcer").textContent = text;
}

function openState(id) {
  if (Number(id) >= 0) location.hash = "state-" + id;
}
