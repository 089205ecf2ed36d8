/* The script's twin of partials/fname.html: a long name keeps its end in sight. */
const TAIL = 12;
const LONG = 24;

function part(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}

/** Element showing `name`, whole on hover and focus; split by code points, never inside one. */
export function fileName(name, title = name) {
  const letters = [...name];
  const box = part("fname", "");
  box.dir = "auto";
  box.title = title;
  if (letters.length <= LONG) box.append(part("fname-head", name));
  else
    box.append(
      part("fname-head", letters.slice(0, -TAIL).join("")),
      part("fname-tail", letters.slice(-TAIL).join("")),
    );
  return box;
}
