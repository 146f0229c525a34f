// Jumps to the line of a problem, and asks before unsaved text is left behind.
const field = document.getElementById("document");

const select = (line) => {
  const lines = field.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  field.focus();
  field.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  const height = field.scrollHeight / lines.length;
  field.scrollTo({ top: Math.max(0, (line - 6) * height), left: 0 });
  field.scrollIntoView({ block: "nearest" });
};

for (const link of document.querySelectorAll("[data-line]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    select(Number(link.dataset.line));
  });
}

// What came back with problems was never saved.
const saved = field.hasAttribute("aria-invalid") ? null : field.value;
let sending = false;
field.form.addEventListener("submit", () => (sending = true));
addEventListener("beforeunload", (event) => {
  if (!sending && field.value !== saved) event.preventDefault();
});
