/* Binds form[data-passkey]: hides the button where no passkey can work, and says what went wrong. */
const forms = [...document.querySelectorAll("form[data-passkey]")];
const isNumber = /^[\d.]+$|^\[/.test(location.hostname); // passkeys belong to names

function show(form, what) {
  const note = form.querySelector(what);
  if (note) note.hidden = false;
}

if (!window.PublicKeyCredential || isNumber) {
  for (const form of forms) {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    show(form, "[data-passkey-unfit]");
  }
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const form of forms) show(form, "[data-passkey-trouble]");
});
