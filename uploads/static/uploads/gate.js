/* One gate for all requests of a page: whoever meets trouble closes it, all wait, it opens by itself. */
import { csrfToken } from "./api.js";

const LONGEST = 30; // s between two tries
const SERVER_TRIES = 5; // a plain 500 may be a fault that stays

/** `onWait({reason, seconds})` on every tick while closed, `onWait(null)` when open again.
    reason: lost, server, busy, signin; seconds is null for signin, which waits for the user. */
export class Gate {
  #waiting = null;
  #tries = 0;

  constructor(onWait = () => {}) {
    this.onWait = onWait;
    window.addEventListener("online", () => this.open());
    const back = () => document.visibilityState === "visible" && this.#returned();
    window.addEventListener("focus", back);
    document.addEventListener("visibilitychange", back);
  }

  get isOpen() {
    return this.#waiting === null;
  }

  async pass() {
    await this.#waiting?.opened;
  }

  open() {
    if (!this.#waiting) return;
    const { timer, release } = this.#waiting;
    clearInterval(timer);
    this.#waiting = null;
    this.onWait(null);
    release();
  }

  /** True when the answer asks for another try; the gate is then closed, or open at once. */
  mustRepeat(answer, tries) {
    const { status, retryAfter } = answer;
    if (status === 0 || status === 408 || answer.data.code === "interrupted") {
      return this.#close("lost", this.#pause());
    }
    if (status === 429) return this.#close("busy", retryAfter ?? this.#pause());
    if (status === 401) return this.#close("signin", null);
    if (status === 403 && answer.data.code === "csrf") return this.#forged(answer);
    if (status > 500 || (status === 500 && tries < SERVER_TRIES)) {
      return this.#close("server", retryAfter ?? this.#pause());
    }
    this.#tries = 0;
    return false;
  }

  #forged(answer) {
    if (csrfToken() === answer.token) this.#close("signin", null);
    return true;
  }

  #returned() {
    if (this.#waiting?.reason === "signin") this.open();
  }

  #pause() {
    if (this.isOpen) this.#tries += 1;
    return Math.min(LONGEST, 2 ** (this.#tries - 1)) * (0.75 + Math.random() / 2);
  }

  #close(reason, seconds) {
    if (!this.isOpen) return true; // the other lanes met the same trouble
    const waiting = { reason, seconds: seconds === null ? null : Math.ceil(seconds) };
    waiting.opened = new Promise((release) => (waiting.release = release));
    if (seconds !== null) waiting.timer = setInterval(() => this.#tick(), 1000);
    this.#waiting = waiting;
    this.onWait({ reason, seconds: waiting.seconds });
    return true;
  }

  #tick() {
    const waiting = this.#waiting;
    waiting.seconds -= 1;
    if (waiting.seconds <= 0) this.open();
    else this.onWait({ reason: waiting.reason, seconds: waiting.seconds });
  }
}

/** Repeats `attempt()` until its answer is one to keep. */
export async function persist(gate, attempt) {
  for (let tries = 1; ; tries += 1) {
    await gate.pass();
    const answer = await attempt();
    if (!gate.mustRepeat(answer, tries)) return answer;
  }
}
