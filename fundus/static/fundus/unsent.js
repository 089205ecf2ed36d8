/* Binds form[data-warn-unsent]: asks before the page is left with something changed in it and not
   sent. What the server sent back unsaved (data-warn-unsent="sent-back") counts as changed. */
import { fieldsOf, isChanged } from "./fields.js";

const forms = [...document.querySelectorAll("form[data-warn-unsent]")];
let isSending = false;

function isUnsent(form) {
  return form.dataset.warnUnsent === "sent-back" || fieldsOf(form).some(isChanged);
}

// At the document, so that what a form's own script has stopped is known.
document.addEventListener("submit", (event) => {
  if (forms.includes(event.target) && !event.defaultPrevented) isSending = true;
});
addEventListener("beforeunload", (event) => {
  // Covered pages keep their forms in another way, and must give way to the next person.
  const isCovered = document.documentElement.classList.contains("session-ended");
  if (!isSending && !isCovered && forms.some(isUnsent)) event.preventDefault();
  isSending = false; // if sending is broken off, the next attempt to leave is another matter
});
