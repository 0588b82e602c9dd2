// Runs last: shows the part at the address, now and whenever the address changes.

window.addEventListener("hashchange", () => show());
show({ movesFocus: false });
