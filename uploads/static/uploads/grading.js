// Grading by keyboard, counting the note, and switching versions without losing what was typed.

const form = document.querySelector("[data-grading]");
const save = document.querySelector("[data-save]");
const saveAndNext = document.querySelector("[data-save-next]");
const NATIVE = "a, button, summary, select";

function isTyping(target) {
  return target instanceof HTMLTextAreaElement;
}

function choose(key) {
  const radio = form.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!radio) return false;
  radio.checked = true;
  radio.focus();
  return true;
}

function press(event) {
  if (event.key === "Enter" && !event.isComposing) {
    const meant = isTyping(event.target)
      ? event.ctrlKey || event.metaKey
      : !event.target.closest(NATIVE);
    if (!meant || !save) return;
    event.preventDefault();
    if (!event.repeat) (event.shiftKey ? saveAndNext : save).click();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (/^[0-9]$/.test(event.key) && choose(event.key)) event.preventDefault();
}

function count(note) {
  const place = document.getElementById(note.dataset.counted);
  const tell = () => {
    place.textContent = place.dataset.words
      .replace("{used}", note.value.length)
      .replace("{limit}", note.maxLength);
  };
  note.addEventListener("input", tell);
  tell();
}

function show(link) {
  form.querySelector("[data-picture]").src = link.dataset.source;
  form.elements.seen.value = link.dataset.seen;
  for (const each of form.querySelectorAll("[data-version]")) each.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  history.replaceState(null, "", link.href);
}

// What is sent twice would be refused the second time, as if somebody else had graded.
let isSent = false;
form.addEventListener("submit", (event) => {
  if (isSent) event.preventDefault();
  isSent = true;
});
addEventListener("pageshow", () => {
  isSent = false;
});

document.addEventListener("keydown", press);
for (const note of form.querySelectorAll("[data-counted]")) count(note);
for (const link of form.querySelectorAll("[data-version]")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link);
  });
}
