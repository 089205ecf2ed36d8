/* What is selected, kept in this tab from page to page. Each filter has its own selection, so that
   nobody acts on images which the list they look at does not hold; each person as well. */
const PREFIX = "fundus-selection:";
const SENT = "fundus-selection-sent";

export class KeptSelection {
  #key;
  #ids;

  constructor(owner, query) {
    const filter = new URLSearchParams(query);
    filter.delete("sort");
    this.#key = `${PREFIX}${owner}:${filter}`;
    this.load();
  }

  load() {
    this.#ids = new Set(read(this.#key));
  }

  get ids() {
    return [...this.#ids];
  }

  get size() {
    return this.#ids.size;
  }

  has(id) {
    return this.#ids.has(id);
  }

  set(id, selected) {
    if (selected) this.#ids.add(id);
    else this.#ids.delete(id);
    write(this.#key, this.ids);
  }

  clear() {
    this.#ids.clear();
    write(this.#key, []);
  }

  /** What is selected is on its way to be acted on. */
  static send() {
    write(SENT, ["sent"]);
  }

  /** Back on the list: whether anything was sent, and if it is `done`, nothing stays selected. */
  static settle(done) {
    const sent = read(SENT).length > 0;
    write(SENT, []);
    if (sent && done) KeptSelection.#forget();
  }

  /** Of every filter, since an image can be in several lists. */
  static #forget() {
    try {
      const keys = Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
      keys.forEach((key) => sessionStorage.removeItem(key));
    } catch {
      // storage can be forbidden; there is nothing to forget then
    }
  }
}

function read(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key)) ?? [];
  } catch {
    return []; // storage can be forbidden; a selection then lasts as long as the page
  }
}

function write(key, ids) {
  try {
    if (ids.length > 0) sessionStorage.setItem(key, JSON.stringify(ids));
    else sessionStorage.removeItem(key);
  } catch {
    // as above
  }
}
