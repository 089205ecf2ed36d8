/* Changes that were not saved, kept for this tab and for this very version of the image: offered
   after a reload, never put back by themselves. Those offered stay until the user has decided; what
   is changed meanwhile is kept beside them. Kept as {seen, states}, oldest first. */
import { kept } from "../fundus/keep.js";
import { announce } from "./notices.js";
import { say } from "./words.js";

const textOf = (state) => JSON.stringify(state);

export class Draft {
  #kept;
  #offered;
  #now = null; // the state of this visit, null while there is nothing to keep

  /** `onRestore(state)` and `onDecided()`, after which nothing more is offered. */
  constructor(form, { onRestore, onDecided }) {
    this.form = form;
    this.box = form.querySelector("[data-draft]");
    this.#kept = kept(`edit ${form.dataset.image}`);
    const found = this.#kept.read();
    this.#offered = found?.seen === this.#seen ? found.states : [];
    this.onDecided = onDecided;
    this.box.querySelector("[data-restore-draft]").addEventListener("click", () => {
      const [state, ...others] = this.#offered;
      this.#offered = others;
      onRestore(state);
      this.#next();
    });
    this.box.querySelector("[data-drop-draft]").addEventListener("click", () => {
      this.#offered = this.#offered.slice(1);
      this.#write();
      this.#next();
    });
  }

  get #seen() {
    return this.form.elements.seen.value;
  }

  /** Offers what was left, in sight; `state` is what the form has anyway. */
  offer(state) {
    this.#offered = this.#offered.filter((each) => textOf(each) !== textOf(state));
    this.#show();
  }

  /** Keeps the state of this visit; null when nothing of it is unsaved. */
  keep(state) {
    this.#now = state;
    this.#write();
  }

  drop() {
    this.#offered = [];
    this.#now = null;
    this.#write();
  }

  #write() {
    const states = [...this.#offered, this.#now].filter(Boolean);
    const unlike = states.filter((each, n) => states.findIndex((one) => textOf(one) === textOf(each)) === n);
    // Or the browser would go back to where the page was left, which may be far below the offer.
    history.scrollRestoration = unlike.length ? "manual" : "auto";
    if (unlike.length) this.#kept.put({ seen: this.#seen, states: unlike });
    else this.#kept.drop();
  }

  #next() {
    this.#show();
    if (this.#offered.length === 0) this.onDecided();
  }

  #show() {
    this.box.hidden = this.#offered.length === 0;
    if (this.box.hidden) return;
    const text = say(this.#offered.length > 1 ? "draft_first" : "draft");
    this.box.querySelector("[data-text]").textContent = text;
    this.box.scrollIntoView({ block: "nearest" });
    announce(`${text} ${say("draft_buttons")}`);
  }
}
