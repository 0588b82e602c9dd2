// On a phone each part is its finding only, until it is opened; the first one is open.
const opened = new Set();

function showPart(part, isOpen) {
    part.classList.toggle("open", isOpen);
    part.querySelector(".unfold").setAttribute("aria-expanded", String(isOpen));
    if (isOpen) opened.add(part.id);
    else opened.delete(part.id);
}

function restoreParts() {
    const parts = [...document.querySelectorAll(".part")];
    if (!opened.size && parts.length) opened.add(parts[0].id);
    for (const part of parts) showPart(part, opened.has(part.id));
    for (const link of document.querySelectorAll("#menu a")) {
        const target = document.getElementById(link.hash.slice(1));
        link.parentElement.hidden = !target;
    }
}

document.addEventListener("click", (event) => {
    const head = event.target.closest(".part-head");
    if (!head || getComputedStyle(head.querySelector(".unfold")).display === "none") return;
    const part = head.closest(".part");
    showPart(part, !part.classList.contains("open"));
});

// An address opens the part, and every fold, that it lies in.
function openAddress() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const part = target?.closest(".part");
    if (!part) return;
    showPart(part, true);
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) {
        fold.open = true;
    }
    target.scrollIntoView();
    const heading = target === part ? part.querySelector("h2") : target;
    if (heading.hasAttribute("tabindex")) heading.focus({ preventScroll: true });
}
addEventListener("hashchange", openAddress);
