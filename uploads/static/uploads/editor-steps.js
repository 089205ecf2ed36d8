/* Undo and redo: whole states, one for each gesture. */
const SAME = 800; // ms within which the same control goes on with its step

export class Steps {
  #done;
  #undone = [];
  #last = { key: "", at: 0 };

  constructor(state) {
    this.#done = [JSON.stringify(state)];
  }

  get canUndo() {
    return this.#done.length > 1;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  /** Ends a gesture; false if nothing has changed by it. Those of one `key` that follow at once are
      one step; without a key each is one. */
  record(state, key) {
    const text = JSON.stringify(state);
    if (text === this.#done.at(-1)) return false;
    const goesOn = key && key === this.#last.key && performance.now() - this.#last.at < SAME;
    if (goesOn && this.canUndo) this.#done.pop();
    this.#done.push(text);
    this.#undone = [];
    this.#last = { key, at: performance.now() };
    return true;
  }

  undo() {
    if (!this.canUndo) return null;
    this.#undone.push(this.#done.pop());
    return this.#now();
  }

  redo() {
    if (!this.canRedo) return null;
    this.#done.push(this.#undone.pop());
    return this.#now();
  }

  #now() {
    this.#last = { key: "", at: 0 };
    return JSON.parse(this.#done.at(-1));
  }
}
