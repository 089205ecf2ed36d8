/* Binds form[data-keep]: what was typed survives the end of the session, for the same person at the
   same address in the same tab. Never passwords, files or hidden fields. Other scripts may keep what
   they hold, for the same person in the same tab.
   A page that only sending can reach keeps its form whole (data-keep="whole"), hidden fields too:
   what answers at its address otherwise sends for it again (form[data-keep-again]). */
import { fieldsOf, isChanged } from "./fields.js";

const PREFIX = "fundus-keep:";
const { person } = document.querySelector("dialog[data-idle]").dataset;
const MINE = `${PREFIX}${person}:`;
const TOKEN = "csrfmiddlewaretoken";
const forms = [...document.querySelectorAll("form[data-keep]")];
const offer = document.querySelector("template[data-keep-offer]");

function storage() {
  try {
    return window.sessionStorage;
  } catch {
    return null; // forbidden: nothing is kept
  }
}

const store = storage();
const HERE = `${MINE}${location.pathname}#`;
const keyOf = (form) => `${HERE}${form.id || forms.indexOf(form)}`;
const isWhole = (form) => form.dataset.keep === "whole";
const hiddenOf = (form) =>
  [...form.elements].filter((field) => field.type === "hidden" && field.name !== TOKEN);

function valuesOf(form) {
  return fieldsOf(form)
    .filter((field) => !["checkbox", "radio"].includes(field.type) || field.checked)
    .flatMap((field) =>
      field.multiple && field.selectedOptions
        ? [...field.selectedOptions].map((option) => [field.name, option.value])
        : [[field.name, field.value]],
    );
}

/** What a form kept whole is about, which no other page of the same address need be. */
function aboutOf(form) {
  return isWhole(form) ? hiddenOf(form).map((field) => [field.name, field.value]) : [];
}

function save(form, isSent = false) {
  if (!isWhole(form) && !fieldsOf(form).some(isChanged)) return;
  const again = form.dataset.keepStep ? [["step", form.dataset.keepStep]] : [];
  put(keyOf(form), { values: valuesOf(form), about: aboutOf(form), again, isSent, at: Date.now() });
}

function put(key, value) {
  try {
    store?.setItem(key, JSON.stringify(value));
  } catch {
    // full: then nothing is kept
  }
}

function putBack(form, values) {
  const left = new Map();
  for (const [name, value] of values) left.set(name, [...(left.get(name) ?? []), value]);
  for (const field of fieldsOf(form)) {
    const given = left.get(field.name) ?? [];
    if (field.type === "checkbox" || field.type === "radio") {
      field.checked = given.includes(field.value);
    } else if (field.multiple && field.options) {
      for (const option of field.options) option.selected = given.includes(option.value);
    } else if (given.length) {
      field.value = given.shift();
    }
    for (const kind of ["input", "change"]) {
      field.dispatchEvent(new Event(kind, { bubbles: true }));
    }
  }
}

function forget(which = () => true) {
  if (!store) return;
  for (const key of Object.keys(store)) {
    if (key.startsWith(PREFIX) && which(key)) store.removeItem(key);
  }
}

function read(key) {
  try {
    return JSON.parse(store.getItem(key));
  } catch {
    return null;
  }
}

/** One value by a name of its own. */
export function kept(name) {
  const key = `${MINE}${name}`;
  return {
    put: (value) => put(key, value),
    read: () => read(key),
    drop: () => store?.removeItem(key),
  };
}

/** What was sent has arrived, unless the answer was to sign in, or an error. */
function hasArrived() {
  const status = performance.getEntriesByType("navigation")[0]?.responseStatus || 200;
  const before = document.referrer ? new URL(document.referrer).pathname : "";
  return !before.startsWith("/accounts/") && (status < 400 || status === 422);
}

function propose(form, values) {
  const notice = offer.content.firstElementChild.cloneNode(true);
  const done = () => {
    store.removeItem(keyOf(form));
    notice.remove();
  };
  notice.querySelector("[data-put-back]").addEventListener("click", () => {
    putBack(form, values);
    done();
    fieldsOf(form)[0]?.focus();
  });
  notice.querySelector("[data-throw-away]").addEventListener("click", done);
  form.before(notice);
}

/** Send for the page that was here when the session ended, as it was. */
function sendAgain(form) {
  const keys = Object.keys(store).filter((key) => key.startsWith(HERE));
  const [key] = keys.sort((one, other) => (read(other)?.at ?? 0) - (read(one)?.at ?? 0));
  const found = key && read(key);
  if (!found) return;
  for (const [name, value] of [...found.about, ...found.values, ...found.again]) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  for (const each of keys) put(each, { ...read(each), isSent: true });
  form.submit();
}

forget((key) => !key.startsWith(MINE)); // somebody else's, who sat here before
if (store && hasArrived()) forget((key) => read(key)?.isSent);
for (const form of forms) {
  const found = store && read(keyOf(form));
  if (found && JSON.stringify(found.about) === JSON.stringify(aboutOf(form))) {
    propose(form, found.values);
  } else if (found) {
    store.removeItem(keyOf(form));
  }
  form.addEventListener("submit", () => save(form, true));
}
const again = document.querySelector("form[data-keep-again]");
if (store && again) sendAgain(again);
document.addEventListener("fundus:session-ending", () => forms.forEach((form) => save(form)));
document.addEventListener("fundus:signing-out", () => forget());
