/* The server's pictures of recipes: asked for when the hand rests, one at a time, the newest wins. */
import { csrfToken } from "./api.js";

const REST = 120; // ms after the last change
const KEPT = 8; // pictures

async function answerOf(url, body, signal) {
  try {
    return await fetch(url, {
      method: "POST",
      body,
      headers: {
        "X-CSRFToken": csrfToken(),
        Accept: "image/jpeg, application/json",
        "Content-Type": "application/x-www-form-urlencoded",
      },
      credentials: "same-origin",
      cache: "no-store",
      redirect: "manual", // to the sign-in page
      signal,
    });
  } catch {
    return null;
  }
}

/** A question is {recipe} or {recipe, window}. `onPicture(picture, isLast)` with {address, question,
    width, height}, the size of the result in full; `onBusy()`; `onTrouble(kind, data)`, kind is one
    of lost, signed_out, gone, too_much, refused. */
export class Preview {
  #pictures = new Map(); // by question, the least used first
  #shown = "";
  #wanted = { question: {}, key: "", view: "" };
  #flight = null;
  #timer;

  constructor({ url, onPicture, onBusy, onTrouble }) {
    Object.assign(this, { url, onPicture, onBusy, onTrouble });
  }

  /** Shows this question's picture as soon as there is one; those of another `view` are not shown. */
  want(question, view) {
    const key = new URLSearchParams(question).toString();
    this.#wanted = { question, key, view };
    clearTimeout(this.#timer);
    if (this.#pictures.has(key)) {
      this.#show(key);
      return;
    }
    this.onBusy();
    if (this.#flight && this.#flight.view !== view) this.#flight.abort.abort();
    this.#timer = setTimeout(() => this.#send(), REST);
  }

  again() {
    this.want(this.#wanted.question, this.#wanted.view);
  }

  /** Nothing is wanted any more. */
  rest() {
    clearTimeout(this.#timer);
    this.#wanted = { question: {}, key: "", view: "" };
  }

  async #send() {
    if (this.#flight) return; // its end sends the newest
    const { question, key, view } = this.#wanted;
    const abort = new AbortController();
    this.#flight = { view, abort };
    const answer = await answerOf(this.url, key, abort.signal);
    const blob = answer?.ok ? await answer.blob().catch(() => null) : null;
    this.#flight = null;
    if (blob) this.#keep(key, question, answer, blob);
    if (!this.#wanted.view) return;
    const isLast = key === this.#wanted.key;
    if (blob && view === this.#wanted.view) this.#show(key);
    if (!isLast) this.again();
    else if (!blob && !abort.signal.aborted) await this.#tell(answer);
    else if (!blob) this.again();
  }

  #show(key) {
    const picture = this.#pictures.get(key);
    this.#pictures.delete(key);
    this.#pictures.set(key, picture);
    this.#shown = key;
    this.onPicture(picture, key === this.#wanted.key);
  }

  #keep(key, question, answer, blob) {
    const [width, height] = answer.headers.get("Fundus-Size").split("x").map(Number);
    this.#pictures.set(key, { address: URL.createObjectURL(blob), question, width, height });
    for (const old of this.#pictures.keys()) {
      if (this.#pictures.size <= KEPT) break;
      if (old === this.#shown || old === key) continue;
      URL.revokeObjectURL(this.#pictures.get(old).address);
      this.#pictures.delete(old);
    }
  }

  async #tell(answer) {
    if (!answer || answer.status >= 500 || answer.status === 429) return this.onTrouble("lost", {});
    if (answer.type === "opaqueredirect" || answer.status === 401) {
      return this.onTrouble("signed_out", {});
    }
    if (answer.status === 413 || answer.status === 400) return this.onTrouble("too_much", {});
    if (answer.status !== 422) return this.onTrouble("gone", {});
    return this.onTrouble("refused", await answer.json().catch(() => ({})));
  }
}
