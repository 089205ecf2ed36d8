/* Binds form[data-keep]: what was typed survives the end of the session, for the same person at the
   same address in the same tab. Never passwords, files or hidden fields. Other scripts may keep what
   they hold, for the same person in the same tab. */
const PREFIX = "fundus-keep:";
const { person } = document.querySelector("dialog[data-idle]").dataset;
const MINE = `${PREFIX}${person}:`;
const NEVER = new Set(["password", "file", "hidden", "submit", "button", "reset", "image"]);
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
const keyOf = (form) => `${MINE}${location.pathname}#${form.id || forms.indexOf(form)}`;
const fieldsOf = (form) =>
  [...form.elements].filter((field) => field.name && !field.disabled && !NEVER.has(field.type));

function isChanged(field) {
  if (field.type === "checkbox" || field.type === "radio") {
    return field.checked !== field.defaultChecked;
  }
  if (field.options) {
    return [...field.options].some((option) => option.selected !== option.defaultSelected);
  }
  return field.value !== field.defaultValue;
}

function save(form, isSent = false) {
  const fields = fieldsOf(form);
  if (!fields.some(isChanged)) return;
  const values = fields
    .filter((field) => !["checkbox", "radio"].includes(field.type) || field.checked)
    .flatMap((field) =>
      field.multiple && field.selectedOptions
        ? [...field.selectedOptions].map((option) => [field.name, option.value])
        : [[field.name, field.value]],
    );
  put(keyOf(form), { values, isSent });
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

forget((key) => !key.startsWith(MINE)); // somebody else's, who sat here before
if (store && hasArrived()) forget((key) => read(key)?.isSent);
for (const form of forms) {
  const found = store && read(keyOf(form));
  if (found) propose(form, found.values);
  form.addEventListener("submit", () => save(form, true));
}
document.addEventListener("fundus:session-ending", () => forms.forEach((form) => save(form)));
document.addEventListener("fundus:signing-out", () => forget());
