// When all is defined: the part of the address, now and whenever it changes.

window.addEventListener("hashchange", () => show());
show({ movesFocus: false });
