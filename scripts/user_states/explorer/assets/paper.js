// On paper every part is shown; folds stay as the reader left them.
addEventListener("beforeprint", () => {
    hideTip();
    root.classList.add("printing");
});
addEventListener("afterprint", () => root.classList.remove("printing"));
