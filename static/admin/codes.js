// Reads a file of codes into the field, where it can be looked at before it is sent. Without scripts: copy and paste.
for (const label of document.querySelectorAll("[data-file-for]")) {
  label.hidden = false;
  const field = document.getElementById(label.dataset.fileFor);
  const said = label.parentElement.querySelector("[data-read]");
  label.querySelector("input").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    const text = await file.text().catch(() => null);
    if (text !== null) field.value = text;
    said.textContent = text === null ? "The file could not be read." : `${file.name} is in the field above.`;
  });
}
