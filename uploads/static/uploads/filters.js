/* Binds form[data-filters]: in wide windows each choice is applied at once, text by Enter or on
   leaving the field; lab units follow the hospital; the address carries only what is chosen. */
const form = document.querySelector("[data-filters]");
const wide = window.matchMedia("(min-width: 992px)"); // below, the filters fold and are applied by hand
const PLAUSIBLE = "1990-01-01"; // a year being typed begins with 0002, 0020, 0202
const PAUSE = 1000; // ms: a month or day may still get its second digit
const LAST = "fundus-last-filter";
const DEFAULTS = { sort: "newest" };
let timer;

function field(name) {
  return form.elements.namedItem(name);
}

/** Lab units of other hospitals leave the list: browsers that cannot hide options still may not. */
function narrowUnits() {
  const hospital = field("hospital");
  const units = field("lab_unit");
  if (!hospital || !units) return;
  const name = hospital.value && hospital.selectedOptions[0].textContent;
  for (const group of units.querySelectorAll("optgroup")) {
    group.hidden = group.disabled = Boolean(name) && group.label !== name;
  }
  if (units.selectedOptions[0]?.closest("optgroup")?.disabled) units.value = "";
}

function apply(changed) {
  clearTimeout(timer);
  try {
    sessionStorage.setItem(LAST, changed.name);
  } catch {
    // storage can be forbidden; the focus then starts at the top
  }
  form.requestSubmit();
}

function onChange({ target }) {
  if (!target.name || target.form !== form) return;
  if (target.name === "hospital") narrowUnits();
  if (target.name !== "sort" && !wide.matches) return;
  clearTimeout(timer);
  if (target.type !== "date") apply(target);
  else if (!target.value || target.value >= PLAUSIBLE) timer = setTimeout(apply, PAUSE, target);
}

function onLeave({ target }) {
  if (target.type === "date" && timer && target.value !== target.defaultValue) {
    if (!target.value || target.value >= PLAUSIBLE) apply(target);
  }
}

/** Empty and usual values say nothing; without them an address is worth keeping. */
function tidy({ formData }) {
  for (const [name, value] of [...formData]) {
    if (value === "" || value === DEFAULTS[name]) formData.delete(name);
  }
}

/** After a choice was applied, the focus is where it was, and the new count is read out. */
function resume() {
  let name = null;
  try {
    name = sessionStorage.getItem(LAST);
    sessionStorage.removeItem(LAST);
  } catch {
    return;
  }
  const control = name && field(name);
  if (!control) return;
  control.focus({ preventScroll: true });
  if (control.type === "text" || control.type === "search") control.select();
  const live = document.querySelector("[data-live]");
  setTimeout(() => (live.textContent = form.querySelector("[data-count]").textContent), 500);
}

/** Back from elsewhere, the page stands as it was left, its last choice not applied. */
function undo({ persisted }) {
  if (!persisted) return;
  form.reset();
  narrowUnits();
}

if (form) {
  window.addEventListener("pageshow", undo);
  form.addEventListener("change", onChange);
  form.addEventListener("focusout", onLeave);
  form.addEventListener("formdata", tidy);
  narrowUnits();
  resume();
}
