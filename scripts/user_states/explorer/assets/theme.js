// Before anything is drawn: scripts are on, and the theme that was chosen last time.
document.documentElement.classList.add("scripts");
try {
    const theme = localStorage.getItem("user-states-theme");
    if (theme === "light" || theme === "dark") {
        document.documentElement.dataset.theme = theme;
    }
} catch {
    // A browser may refuse storage to a file: then the system's theme is used.
}
