// The filters: each crossing of city and platform was drawn when the page was written.
// Its drawing is unpacked here and takes the place of the one that is shown.
const main = document.getElementById("main");
const everyone = main.innerHTML;
const packed = JSON.parse(document.getElementById("packed").textContent);
const menus = Object.fromEntries(
    [...document.querySelectorAll("[data-filter]")].map((menu) => [menu.dataset.filter, menu]));

const valueOf = (name) => menus[name]?.value ?? "";
const isOffered = (city, platform) => (!city && !platform) || `${city}|${platform}` in packed;

async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
}

// An option that would leave too few users is switched off.
function switchOptions() {
    for (const [name, menu] of Object.entries(menus)) {
        const other = valueOf(name === "city" ? "platform" : "city");
        for (const option of menu.options) {
            const pair = name === "city" ? [option.value, other] : [other, option.value];
            option.disabled = !isOffered(...pair);
            option.dataset.name ??= option.textContent;
            option.textContent = option.dataset.name + (option.disabled ? ": too few users" : "");
        }
    }
}

function keepInAddress() {
    const query = new URLSearchParams();
    for (const name of Object.keys(menus)) if (valueOf(name)) query.set(name, valueOf(name));
    if (pair) query.set("states", pair.join(","));
    const text = query.toString();
    try {
        history.replaceState(null, "", `${location.pathname}${text ? `?${text}` : ""}${location.hash}`);
    } catch {
        // A browser may refuse it for a file: then the address stays as it is.
    }
}

async function showCrossing() {
    const city = valueOf("city");
    const platform = valueOf("platform");
    const content = packed[`${city}|${platform}`];
    const html = content ? await unpacked(content) : everyone;
    if (city !== valueOf("city") || platform !== valueOf("platform")) return;
    const top = document.querySelector(".part:target")?.getBoundingClientRect().top;
    hideTip();
    main.innerHTML = html;
    document.documentElement.classList.toggle("filtered", Boolean(content));
    restoreParts();
    restoreChoices();
    restorePair();
    watchParts();
    switchOptions();
    keepInAddress();
    if (top !== undefined) {
        const now = document.querySelector(".part:target");
        if (now) scrollBy(0, now.getBoundingClientRect().top - top);
    }
    announcer.textContent = document.querySelector(".shown")?.textContent ?? "Everyone is shown.";
}

function showEveryone() {
    for (const menu of Object.values(menus)) menu.value = "";
    showCrossing();
}

for (const menu of Object.values(menus)) menu.addEventListener("change", showCrossing);
document.addEventListener("click", (event) => {
    if (event.target.closest("[data-everyone]")) {
        showEveryone();
        main.focus({ preventScroll: true });
    }
});

// The filters that the address names, if the page has them.
function readAddress() {
    const query = new URLSearchParams(location.search);
    for (const [name, menu] of Object.entries(menus)) {
        const value = query.get(name) ?? "";
        if ([...menu.options].some((option) => option.value === value)) menu.value = value;
    }
    if (!isOffered(valueOf("city"), valueOf("platform"))) {
        for (const menu of Object.values(menus)) menu.value = "";
    }
}
