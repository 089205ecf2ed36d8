/* Asks the server which hashes it knows: up to 100 in one request, waiting out its throttle. */
import { postJson } from "./api.js";
import { persist } from "./gate.js";

const BATCH = 100;

export class Lookups {
  #pending = new Set();
  #running = null;

  /** `answered(md5s, duplicates)`: duplicates maps md5 to {url, created_at, uploader};
      `complete()`: no more hashes are on their way, so that a smaller batch may go. */
  constructor({ url, gate, answered, complete }) {
    Object.assign(this, { url, gate, answered, complete });
  }

  add(md5) {
    this.#pending.add(md5);
  }

  /** Resolves when all that may be asked now is answered. */
  async flush() {
    if (!this.#running && this.#due) this.#running = this.#askAll();
    await this.#running;
  }

  get #due() {
    return this.#pending.size >= BATCH || (this.#pending.size > 0 && this.complete());
  }

  /* Started only when due, so that it is still under way when it is remembered as running. */
  async #askAll() {
    while (this.#due) await this.#ask([...this.#pending].slice(0, BATCH));
    this.#running = null;
  }

  /* Courtesy only: a refused look-up lets the files go, the server checks them again. */
  async #ask(md5s) {
    for (const md5 of md5s) this.#pending.delete(md5);
    const answer = await persist(this.gate, () => postJson(this.url, { md5: md5s }));
    this.answered(md5s, answer.data.duplicates ?? {});
  }
}
