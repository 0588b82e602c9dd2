// The page's behaviour: it shows one part at a time, draws the charts of a part when it
// is first shown, and handles its controls. Everything it shows is already in the page; it
// must never request anything else.
"use strict";

const content = JSON.parse(document.getElementById("content").textContent);
const SETTINGS = { displayModeBar: false, responsive: true, doubleClick: "reset", showTips: false };
const views = [...document.querySelectorAll(".view")];
const choice = document.getElementById("state-choice");
const title = document.title;

// Which part is shown.

// The element at the address: a part, or a heading within a part.
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
  const target = addressed();
  const isWithin = target !== shown && shown.contains(target);
  // All readers, also those with a screen reader, start at the heading. Charts drawn above
  // it may have moved it.
  if (isWithin) target.scrollIntoView();
  else if (movesFocus) window.scrollTo(0, 0);
  if (movesFocus) (isWithin ? target : heading).focus({ preventScroll: true });
}

// Tells users of screen readers about changes that they cannot see.
function announce(text) {
  document.getElementById("announcer").textContent = text;
}

function openState(id) {
  if (Number(id) >= 0) location.hash = "state-" + id;
}
