// Copies a snippet, and says so aloud. Without scripts the buttons stay hidden: the text can be selected.
for (const button of document.querySelectorAll("[data-copy]")) {
  const said = button.closest("section, form").querySelector("[data-copied]");
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const from = document.getElementById(button.dataset.copy);
    const text = from.value ?? from.textContent;
    const done = await navigator.clipboard.writeText(text).then(() => true, () => false);
    said.textContent = "";
    // A new text after an empty one is read out again at the second click.
    setTimeout(() => (said.textContent = done ? "Copied." : "Could not copy: please select the text."), 50);
  });
}
