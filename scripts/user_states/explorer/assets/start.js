// When all is defined: show the part at the address, now and whenever it changes.

window.addEventListener("hashchange", () => show());
show({ movesFocus: false });
