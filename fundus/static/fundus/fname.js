/* The script's twin of the filter fname: a long name keeps its end in sight. */
const LONG = 24;
// Where words part, so that letters which join their neighbours (Arabic) are not torn from them.
const AT_A_WORD = /^(.+[\s._-])(.{6,16})$/su;
const ANYWHERE = /^(.+)(.{12})$/su;

function inTwo(name) {
  const found = [...name].length > LONG ? (AT_A_WORD.exec(name) ?? ANYWHERE.exec(name)) : null;
  return found ? found.slice(1) : [name];
}

function part(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}

/** Element showing `name`, whole on hover and focus; split by code points, never inside one. */
export function fileName(name, title = name) {
  const [head, tail] = inTwo(name);
  const box = part("fname", "");
  box.dir = "auto";
  box.title = title;
  box.append(part("fname-head", head));
  if (tail) box.append(part("fname-tail", tail));
  return box;
}
