// The menu, the theme, printing, and copies of SQL.
const root = document.documentElement;
const menuButton = document.querySelector(".menu-button");

function openMenu(isOpen) {
    document.getElementById("side").classList.toggle("open", isOpen);
    menuButton.setAttribute("aria-expanded", String(isOpen));
}
menuButton.addEventListener("click", () =>
    openMenu(menuButton.getAttribute("aria-expanded") === "false"));
document.getElementById("menu").addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    openMenu(false);
    // The same address again changes nothing by itself.
    if (link.hash === location.hash) openAddress();
});
document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.getElementById("side").classList.contains("open")) {
        openMenu(false);
        menuButton.focus();
    }
});

document.getElementById("theme").addEventListener("click", () => {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const now = root.dataset.theme ?? (dark ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    try {
        localStorage.setItem("user-states-theme", root.dataset.theme);
    } catch {
        // Then the choice lasts until the page is closed.
    }
});
document.getElementById("print").addEventListener("click", () => print());

document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    const text = document.getElementById(button.dataset.copies);
    try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
    } catch {
        getSelection().selectAllChildren(text);
        button.textContent = "Selected: press Ctrl+C";
    }
    announcer.textContent = button.textContent;
});

// The menu marks the part that is in view. A link leaves a part a hair below 80 pixels
// (scroll-padding-top), so the part before it must end there.
let watcher = null;
function watchParts() {
    watcher?.disconnect();
    const seen = new Map();
    watcher = new IntersectionObserver((entries) => {
        for (const entry of entries) seen.set(entry.target.id, entry.isIntersecting);
        const current = [...document.querySelectorAll(".part")].find((part) => seen.get(part.id));
        if (!current) return;
        for (const link of document.querySelectorAll("#menu a")) {
            if (link.hash === `#${current.id}`) link.setAttribute("aria-current", "true");
            else link.removeAttribute("aria-current");
        }
    }, { rootMargin: "-84px 0px -55% 0px" });
    for (const part of document.querySelectorAll(".part")) watcher.observe(part);
}
