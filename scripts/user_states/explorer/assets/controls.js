// Other controls.

// The focus stays on the list, because arrow keys choose one state after the other; Back
// returns to the part before the first choice.
choice.addEventListener("change", () => {
  const address = "#" + (choice.value || "overview");
  if (shownView().id.startsWith("state-")) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  show({ movesFocus: false });
  announce(shownView().querySelector("h2").textContent.trim() + " is shown");
});

// Without an address of its own, which would not be the address of a part.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});

for (const button of document.querySelectorAll(".copy")) {
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copies);
    const isCopied = await copied(text);
    button.textContent = isCopied ? "Copied" : "Select and copy";
    announce(isCopied ? "SQL copied" : "Could not copy: the SQL is selected");
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

// A page from disk may have no clipboard; then the text is selected, to be copied by hand.
async function copied(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return document.execCommand("copy");
  }
}
