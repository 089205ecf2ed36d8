/* What can be refused before reading a byte; the worker then looks at the first ones. */

const NAMES = /\.(jpe?g|jpe|jfif|png)$/i;
const TYPES = /^image\/(p?jpe?g|jpg|jfif|(x-)?png)$/i;

/** A code, or null when the file may be hashed. A name without a known ending is left to its bytes. */
export function refusalOf(file, maxBytes) {
  if (file.type && !TYPES.test(file.type) && !NAMES.test(file.name)) return "wrong_type";
  if (file.size > maxBytes) return "too_large";
  return file.size === 0 ? "corrupt" : null;
}

/** The same from the worker's result. */
export function refusalOfBytes({ kind, error }) {
  if (error) return "corrupt";
  return kind === null ? "wrong_type" : null;
}
