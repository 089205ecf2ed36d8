/* Work that is not saved survives a reload in this tab: offered again, never put back by itself. */
export class Draft {
  constructor(image, seen) {
    this.key = `fundus-edit-${image}`;
    this.seen = seen;
  }

  keep(state) {
    this.#try(() => sessionStorage.setItem(this.key, JSON.stringify({ seen: this.seen, state })));
  }

  drop() {
    this.#try(() => sessionStorage.removeItem(this.key));
  }

  /** The state kept for this very version of the image, or null. */
  found() {
    const kept = this.#try(() => JSON.parse(sessionStorage.getItem(this.key)));
    return kept?.seen === this.seen ? kept.state : null;
  }

  #try(what) {
    try {
      return what();
    } catch {
      return null; // storage can be forbidden or full
    }
  }
}
