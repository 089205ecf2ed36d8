/* The sentences the page brought along in template[data-words], so that they can be translated. */
const words = new Map();
for (const template of document.querySelectorAll("template[data-words]")) {
  for (const word of template.content.querySelectorAll("[data-word]")) {
    words.set(word.dataset.word, word.textContent.trim());
  }
}

/** The sentence `key` with {name} replaced by values.name. */
export function say(key, values = {}) {
  return (words.get(key) ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** The same for a number: its own sentence for one thing, {n} filled in. */
export function sayCount(key, n, values = {}) {
  const one = `${key}_one`;
  return say(n === 1 && words.has(one) ? one : key, { n: n.toLocaleString(language()), ...values });
}

export function language() {
  return document.documentElement.lang || "en-gb";
}
