// Grading by keyboard, and counting the note.

const form = document.querySelector("[data-grading]");
const save = document.querySelector("[data-save]");
const saveAndNext = document.querySelector("[data-save-next]");
const lettersEverywhere = document.querySelector("[data-keys-switch]"); // the viewer's
const NATIVE = "a, button, summary, select";

function isTyping(target) {
  return target instanceof HTMLTextAreaElement;
}

function choose({ key, target }) {
  const name = CSS.escape(key.toLowerCase());
  const radio = form.querySelector(`[data-key="${name}"], [data-letter="${name}"]`);
  if (!radio) return false;
  const isLetter = radio.dataset.letter === key.toLowerCase();
  if (isLetter && !lettersEverywhere.checked && !target.closest(".grade-options")) return false;
  radio.checked = true;
  radio.focus();
  return true;
}

function press(event) {
  if (document.fullscreenElement) return; // nobody would see what was chosen
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
  if (choose(event)) event.preventDefault();
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
