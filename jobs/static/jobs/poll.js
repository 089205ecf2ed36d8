// Asks a status URL again and again: soon at first, then steadily, seldom while nobody looks.
const OPENING_MS = [500, 1000, 1500];
const STEADY_MS = 3000;
const HIDDEN_MS = 15000;
const TROUBLE_MAX_MS = 30000;
const ANSWER_LIMIT_MS = 10000;

/** Thrown for an answer that asking again will not change (signed out, gone). */
export class Refusal extends Error {
  constructor(status) {
    super(`refused with ${status}`);
    this.status = status;
  }
}

function retryAfterMs(response) {
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return Number.isFinite(seconds) ? seconds * 1000 : 0;
}

function serverTime(response) {
  const stamp = Date.parse(response.headers.get("Date") ?? "");
  return Number.isNaN(stamp) ? Date.now() : stamp;
}

async function ask(url) {
  const response = await fetch(url, {
    cache: "no-store",
    credentials: "same-origin",
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  });
  if ([401, 403, 404].includes(response.status)) throw new Refusal(response.status);
  if (!response.ok) {
    const trouble = new Error(`status ${response.status}`);
    trouble.waitMs = retryAfterMs(response);
    throw trouble;
  }
  return { status: await response.json(), now: serverTime(response) };
}

/**
 * Polls until `onStatus(status, serverNowMs)` returns true.
 * `onTrouble(waitMs)` reports each failed try, `onRecovered()` the first success after one,
 * `onRefused(httpStatus)` the end of polling because the server will not answer any more.
 */
export class Poller {
  #url;
  #handlers;
  #timer = 0;
  #round = 0;
  #failures = 0;
  #busy = false;
  #stopped = false;

  constructor(url, handlers) {
    this.#url = url;
    this.#handlers = handlers;
  }

  start() {
    document.addEventListener("visibilitychange", () => document.hidden || this.now());
    window.addEventListener("online", () => this.now());
    window.addEventListener("pageshow", (event) => event.persisted && this.now());
    this.#schedule(this.#pause());
  }

  now() {
    if (this.#stopped || this.#busy) return;
    window.clearTimeout(this.#timer);
    this.#run();
  }

  #pause() {
    const opening = OPENING_MS[this.#round];
    this.#round += 1;
    return opening ?? (document.hidden ? HIDDEN_MS : STEADY_MS);
  }

  #schedule(delayMs) {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#run(), delayMs);
  }

  async #run() {
    this.#busy = true;
    let answer = null;
    let trouble = null;
    try {
      answer = await ask(this.#url);
    } catch (error) {
      trouble = error;
    }
    this.#busy = false;
    if (trouble) this.#failed(trouble);
    else this.#succeeded(answer);
  }

  #succeeded({ status, now }) {
    if (this.#failures > 0) this.#handlers.onRecovered?.();
    this.#failures = 0;
    this.#stopped = this.#handlers.onStatus(status, now) === true;
    if (!this.#stopped) this.#schedule(this.#pause());
  }

  #failed(trouble) {
    if (trouble instanceof Refusal) {
      this.#stopped = true;
      this.#handlers.onRefused?.(trouble.status);
      return;
    }
    const backOff = Math.min(STEADY_MS * 2 ** this.#failures, TROUBLE_MAX_MS);
    const waitMs = Math.max(backOff, trouble.waitMs ?? 0);
    this.#failures += 1;
    this.#handlers.onTrouble?.(waitMs);
    this.#schedule(waitMs);
  }
}
