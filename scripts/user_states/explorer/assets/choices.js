"use strict";

// A choice (radio buttons or a menu with `data-choice="NAME"`) shows the panes with
// `data-pane="NAME"` that have its value, and hides the others. Choices outlast a change
// of the filter.
const chosen = new Map();

function showPanes(name, value) {
    chosen.set(name, value);
    for (const pane of document.querySelectorAll("[data-pane]")) {
        if (pane.dataset.pane === name) pane.hidden = pane.dataset.value !== value;
    }
    for (const control of document.querySelectorAll("[data-choice]")) {
        if (control.dataset.choice !== name) continue;
        if (control.type === "radio") control.checked = control.value === value;
        else control.value = value;
    }
}

function hasPane(name, value) {
    return [...document.querySelectorAll("[data-pane]")].some(
        (pane) => pane.dataset.pane === name && pane.dataset.value === value);
}

function restoreChoices() {
    for (const [name, value] of chosen) {
        if (hasPane(name, value)) showPanes(name, value);
    }
}

document.addEventListener("change", (event) => {
    const { choice } = event.target.dataset;
    if (choice) showPanes(choice, event.target.value);
});

// A link with `data-chooses="NAME=value"` also makes a choice.
document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-chooses]");
    if (!link) return;
    const [name, value] = link.dataset.chooses.split("=");
    if (hasPane(name, value)) showPanes(name, value);
});
