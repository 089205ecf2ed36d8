/* The one bar of the whole upload: bytes, files, speed and time left. */
import { formatDuration, formatSize } from "./format.js";
import { announce } from "./notices.js";
import { say } from "./words.js";

const WINDOW = 8000; // ms over which the speed is taken
const EVERY = 250; // ms between two looks at the bar

export class Progress {
  #samples = [];
  #said = 0;

  /** `flowing()`: nothing waits for the line to come back, so that speed and time mean something. */
  constructor({ bar, text, totalBytes, totalFiles, flowing }) {
    Object.assign(this, { bar, text, totalBytes, totalFiles, flowing, sent: 0, done: 0, job: "" });
    this.timer = setInterval(() => this.#show(), EVERY);
    this.#show();
  }

  stop() {
    clearInterval(this.timer);
    this.#show();
  }

  #speed() {
    const now = performance.now();
    this.#samples.push([now, this.sent]);
    while (this.#samples[0][0] < now - WINDOW) this.#samples.shift();
    const [from, before] = this.#samples[0];
    return now - from > 1000 ? ((this.sent - before) * 1000) / (now - from) : 0;
  }

  #show() {
    const percent = this.totalBytes ? Math.min(100, (this.sent / this.totalBytes) * 100) : 100;
    this.bar.value = percent;
    const speed = this.#speed();
    const parts = [
      this.job,
      say("sent_of", {
        done: this.done,
        n: this.totalFiles,
        sent: formatSize(this.sent),
        size: formatSize(this.totalBytes),
      }),
    ];
    if (speed > 0 && percent < 100 && this.flowing()) {
      parts.push(say("speed", { speed: formatSize(speed) }));
      parts.push(say("time_left", { time: formatDuration((this.totalBytes - this.sent) / speed) }));
    }
    this.text.textContent = parts.filter(Boolean).join(" · ");
    this.#announceQuarters(percent);
  }

  #announceQuarters(percent) {
    const quarter = Math.floor(percent / 25) * 25;
    if (quarter <= this.#said) return;
    this.#said = quarter;
    announce(say("sent_percent", { percent: quarter }));
  }
}
