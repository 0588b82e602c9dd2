// Tips: a mark with `data-tip` shows its text to the pointer; a chart with `data-tips`
// takes the focus, and the arrow keys go through its marks.
const tip = document.getElementById("tip");
const announcer = document.getElementById("announcer");
let marked = null;
let isByKeyboard = false;

function showTip(mark, byKeyboard = false) {
    hideTip();
    marked = mark;
    isByKeyboard = byKeyboard;
    mark.classList.add("marked");
    tip.textContent = mark.dataset.tip;
    tip.classList.add("on");
    placeTip();
}

function placeTip() {
    const box = marked.getBoundingClientRect();
    const left = box.left + box.width / 2 - tip.offsetWidth / 2;
    const above = box.top - tip.offsetHeight - 8;
    tip.style.left = `${Math.max(8, Math.min(left, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${above > 8 ? above : box.bottom + 8}px`;
}

function hideTip() {
    if (marked) marked.classList.remove("marked");
    marked = null;
    tip.classList.remove("on");
}

document.addEventListener("pointerover", (event) => {
    const mark = event.target.closest("[data-tip]");
    if (mark) showTip(mark);
    else if (marked) hideTip();
});
addEventListener("scroll", () => {
    if (marked && isByKeyboard) placeTip();
    else hideTip();
}, { passive: true });
document.addEventListener("focusout", hideTip);

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideTip();
    const chart = event.target.closest("[data-tips]");
    if (!chart || !(event.key in STEPS)) return;
    const marks = [...chart.querySelectorAll("[data-tip]")];
    if (!marks.length) return;
    event.preventDefault();
    const step = STEPS[event.key];
    const from = marks.indexOf(marked);
    const start = from < 0 ? (step > 0 ? 0 : marks.length - 1) : from + step;
    showTip(marks[(start + marks.length) % marks.length], true);
    announcer.textContent = tip.textContent;
});
