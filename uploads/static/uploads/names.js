/* Points out file names that look like a patient's data, and exchanges them for neutral ones and
   back. What is neutral when the files are sent is all the server hears. */
import { announce } from "./notices.js";
import { say, sayCount } from "./words.js";

export const isNeutral = (entry) => entry.name !== entry.file.name;

/** May the name still change? Not once the server has been told. */
export const isOpen = (entry) => !entry.sending && !entry.recorded;

export class NameHints {
  #scheduled = false;

  /** `names`: TellingNames; `box`: the notice above the list; `list`: the rows. */
  constructor({ batch, names, box, list }) {
    Object.assign(this, { batch, names, box });
    this.button = box.querySelector("button");
    for (const type of ["added", "changed", "removed"]) batch.addEventListener(type, () => this.#refresh());
    list.addEventListener("click", (event) => this.#onClick(event));
    this.button.addEventListener("click", () => this.#exchangeAll());
  }

  /** Looks at the names of files just added. */
  look(entries) {
    for (const entry of entries) entry.telling = this.names.reason(entry.file.name);
  }

  /** Names that tell and would be sent. */
  get told() {
    return this.#telling.filter((entry) => !isNeutral(entry));
  }

  get #telling() {
    return this.batch.entries.filter((entry) => entry.telling && isOpen(entry));
  }

  #onClick(event) {
    const row = event.target.closest("[data-rename]")?.closest("[data-row]");
    const entry = row && this.batch.entries.find(({ id }) => id === Number(row.dataset.id));
    if (!entry || !isOpen(entry)) return;
    this.#exchange([entry], !isNeutral(entry));
    announce(isNeutral(entry) ? say("renamed_to", { name: entry.name }) : say("own_again"));
  }

  #exchangeAll() {
    const { told } = this;
    const neutral = told.length > 0;
    this.#exchange(neutral ? told : this.#telling, neutral);
    announce(neutral ? sayCount("all_renamed", told.length) : say("own_again"));
  }

  #exchange(entries, neutral) {
    this.batch.rename(entries, (entry) => (neutral ? this.#neutralOf(entry) : entry.file.name));
  }

  /* The same name each time, and no other file's. */
  #neutralOf(entry) {
    const taken = new Set(this.batch.entries.map(({ file }) => file.name));
    while (!entry.neutral || taken.has(entry.neutral)) entry.neutral = this.names.next(entry.file.name);
    return entry.neutral;
  }

  #refresh() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#show(this.#telling.length, this.told.length);
    });
  }

  #show(all, told) {
    this.box.hidden = all === 0;
    this.box.classList.toggle("tone-yellow", told > 0);
    const text = told > 0 ? sayCount("names_found", told) : sayCount("all_renamed", all);
    this.box.querySelector("[data-text]").textContent = text;
    this.button.textContent = told > 0 ? sayCount("neutral_for_all", told) : sayCount("own_for_all", all);
  }
}
