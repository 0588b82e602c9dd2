// Before anything is drawn: scripts are on, how old the page is, and the theme that was
// chosen last time.
document.documentElement.classList.add("scripts");
// Whether the week in which to write to users is over for whoever reads this now.
{
    const today = new Date();
    const from = new Date(`${document.documentElement.dataset.lateFrom}T00:00`);
    document.documentElement.classList.toggle("is-late", today >= from);
}
try {
    const theme = localStorage.getItem("user-states-theme");
    if (theme === "light" || theme === "dark") {
        document.documentElement.dataset.theme = theme;
    }
} catch {
    // A browser may refuse storage to a file: then the system's theme is used.
}
