/* The server's pictures of recipes: asked for when the hand rests, one at a time, the newest wins. */
import { csrfToken } from "./api.js";

const REST = 120; // ms after the last change
const KEPT = 8; // pictures

async function answerOf(url, recipe, signal) {
  try {
    return await fetch(url, {
      method: "POST",
      body: new URLSearchParams({ recipe }),
      headers: { "X-CSRFToken": csrfToken(), Accept: "image/jpeg, application/json" },
      credentials: "same-origin",
      cache: "no-store",
      redirect: "manual", // to the sign-in page
      signal,
    });
  } catch {
    return null;
  }
}

/** `onPicture(address, isLast)`, `onBusy()`, `onTrouble(kind, data)`; kind is one of lost,
    signed_out, gone, too_much, refused. */
export class Preview {
  #pictures = new Map(); // by recipe, the least used first
  #shown = "";
  #wanted = { recipe: "", view: "" };
  #flight = null;
  #timer;

  constructor({ url, onPicture, onBusy, onTrouble }) {
    Object.assign(this, { url, onPicture, onBusy, onTrouble });
  }

  /** Shows this recipe's picture as soon as there is one; those of another `view` are not shown. */
  want(recipe, view) {
    this.#wanted = { recipe, view };
    clearTimeout(this.#timer);
    if (this.#pictures.has(recipe)) {
      this.#show(recipe);
      return;
    }
    this.onBusy();
    if (this.#flight && this.#flight.view !== view) this.#flight.abort.abort();
    this.#timer = setTimeout(() => this.#send(), REST);
  }

  again() {
    this.want(this.#wanted.recipe, this.#wanted.view);
  }

  async #send() {
    if (this.#flight) return; // its end sends the newest
    const { recipe, view } = this.#wanted;
    const abort = new AbortController();
    this.#flight = { view, abort };
    const answer = await answerOf(this.url, recipe, abort.signal);
    const blob = answer?.ok ? await answer.blob().catch(() => null) : null;
    this.#flight = null;
    if (blob) this.#keep(recipe, blob);
    const isLast = recipe === this.#wanted.recipe;
    if (blob && view === this.#wanted.view) this.#show(recipe);
    if (!isLast) this.want(this.#wanted.recipe, this.#wanted.view);
    else if (!blob && !abort.signal.aborted) await this.#tell(answer);
    else if (!blob) this.again();
  }

  #show(recipe) {
    const address = this.#pictures.get(recipe);
    this.#pictures.delete(recipe);
    this.#pictures.set(recipe, address);
    this.#shown = recipe;
    this.onPicture(address, recipe === this.#wanted.recipe);
  }

  #keep(recipe, blob) {
    this.#pictures.set(recipe, URL.createObjectURL(blob));
    for (const old of this.#pictures.keys()) {
      if (this.#pictures.size <= KEPT) break;
      if (old === this.#shown || old === recipe) continue;
      URL.revokeObjectURL(this.#pictures.get(old));
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
