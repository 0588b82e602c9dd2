// Other controls.

// The focus stays on the list, because arrow keys choose one state after the other. Back
// returns to the part that was shown before the first choice.
choice.addEventListener("change", () => {
  const address = "#" + (choice.value || "overview");
  if (shownView().id.startsWith("state-")) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  show({ movesFocus: false });
  announce(shownView().querySelector("h2").textContent.trim() + " is shown");
});

// Does not change the address to #main, which is not the address of a part.
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

// A page from disk may have no clipboard. Then the text is selected for copying by hand.
async function copied(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return document.execCommand("copy");
  }
}
