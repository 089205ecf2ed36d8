// Copy buttons: [data-copy="text"]. The clipboard API is missing on plain http, so there is a fallback.
function copyBySelection(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

async function copy(text) {
  if (!navigator.clipboard) return copyBySelection(text);
  return navigator.clipboard.writeText(text).then(() => true, () => copyBySelection(text));
}

function bind(button) {
  const label = button.querySelector("[data-copy-label]");
  const original = label.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const done = await copy(button.dataset.copy);
    button.focus();
    label.textContent = done ? button.dataset.copied : button.dataset.copyFailed;
    window.setTimeout(() => { label.textContent = original; }, 2500);
  });
}

document.querySelectorAll("[data-copy]").forEach(bind);
