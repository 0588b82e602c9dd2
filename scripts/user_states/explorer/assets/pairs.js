// Two states side by side: two menus (`data-pair`) choose which elements with
// `data-column` are shown. The address keeps the pair (`states=a,b`).
let pair = null;

function pairMenus() {
    return [...document.querySelectorAll("select[data-pair]")];
}

function hasColumn(key) {
    return [...document.querySelectorAll("[data-column]")].some(
        (element) => element.dataset.column === key);
}

function showPair(keys) {
    pair = keys;
    for (const element of document.querySelectorAll("[data-column]")) {
        const place = keys.indexOf(element.dataset.column);
        element.toggleAttribute("hidden", place < 0);
        element.classList.toggle("first", place === 0);
        element.classList.toggle("second", place === 1);
        const title = element.querySelector(":scope > template");
        if (place === 0 && title) {
            document.getElementById("one-state-title").replaceChildren(
                title.content.cloneNode(true));
        }
    }
    // Cells of tables have no order of their own.
    for (const row of document.querySelectorAll(".compared tr")) {
        const [first, second] = ["first", "second"].map((name) => row.querySelector(`.${name}`));
        if (first && second) row.insertBefore(first, second);
    }
    pairMenus().forEach((menu, place) => { menu.value = keys[place]; });
}

// A state that was chosen on the other side changes places with it.
function choosePair(place, key) {
    const keys = pairMenus().map((menu, number) => pair?.[number] ?? menu.value);
    const other = 1 - place;
    if (keys[other] === key) keys[other] = keys[place];
    keys[place] = key;
    showPair(keys);
    keepInAddress();
}

function restorePair() {
    const asked = pair ?? new URLSearchParams(location.search).get("states")?.split(",");
    const isKnown = asked?.length === 2 && asked[0] !== asked[1] && asked.every(hasColumn);
    if (pairMenus().length === 2 && isKnown) showPair(asked);
    else pair = null;
}

document.addEventListener("change", (event) => {
    const { pair: place } = event.target.dataset;
    if (place !== undefined) choosePair(Number(place), event.target.value);
});

// A link with `data-chooses="state=KEY"` puts the state first.
document.addEventListener("click", (event) => {
    const key = event.target.closest("[data-chooses^='state=']")?.dataset.chooses.slice(6);
    if (key === undefined || pairMenus().length < 2 || !hasColumn(key)) return;
    const keys = pairMenus().map((menu) => menu.value);
    if (keys[0] !== key) choosePair(0, key);
});
