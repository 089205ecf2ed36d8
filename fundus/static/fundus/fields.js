/* The fields of a form that a person fills in, and whether they differ from what the server gave. */
const NEVER = new Set(["password", "file", "hidden", "submit", "button", "reset", "image"]);

export function fieldsOf(form) {
  return [...form.elements].filter(
    (field) => field.name && !field.disabled && !NEVER.has(field.type),
  );
}

function isOtherwise(select) {
  const options = [...select.options];
  const given = options.filter((option) => option.defaultSelected);
  // A list of one choice that names none shows its first.
  if (!given.length && !select.multiple) return select.selectedIndex > 0;
  return options.some((option) => option.selected !== option.defaultSelected);
}

export function isChanged(field) {
  if (field.type === "checkbox" || field.type === "radio") {
    return field.checked !== field.defaultChecked;
  }
  if (field.options) return isOtherwise(field);
  return field.value !== field.defaultValue;
}
