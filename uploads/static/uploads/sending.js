/* The press of the button: says what is missing, or sends everything that is ready. */
import { JobRefused, planJobs, sendJob } from "./jobs.js";
import { announce, showError } from "./notices.js";
import { Progress } from "./progress.js";
import { say } from "./words.js";

const byId = (id) => document.getElementById(id);

function warnOnLeaving(event) {
  event.preventDefault();
  event.returnValue = true; // older browsers ask only because of this
}

export class Sending {
  active = false;
  finished = false;

  constructor({ batch, choices, config, gate }) {
    Object.assign(this, { batch, choices, config, gate });
  }

  /** One press sends once: a second press while it runs does nothing. */
  async begin() {
    if (this.active || this.finished || this.batch.busy || !this.#complete()) return;
    this.#setActive(true);
    try {
      await this.#sendAll();
      this.#leave();
      return;
    } catch (error) {
      if (!(error instanceof JobRefused)) throw error;
      showError(error.message);
      this.choices.mark(error.fields);
    }
    this.#setActive(false);
  }

  #complete() {
    const problem = this.#problem();
    showError(problem);
    if (this.choices.missing.length > 0) this.choices.markMissing();
    else if (problem) byId("file-input").focus();
    return problem === "";
  }

  #problem() {
    if (this.choices.missing.length > 0) return say("all_required");
    if (this.batch.in("ready").length > 0) return "";
    return say(this.batch.entries.length > 0 ? "none_ready" : "no_file");
  }

  #setActive(active) {
    this.active = active;
    const listen = active ? window.addEventListener : window.removeEventListener;
    listen.call(window, "beforeunload", warnOnLeaving);
    byId("upload-form").classList.toggle("is-sending", active);
    byId("bar-progress").hidden = !active;
    byId("bar-summary").hidden = active;
    const button = byId("upload-button");
    button.disabled = active;
    button.querySelector("[data-text]").textContent = say("sending_button");
  }

  async #sendAll() {
    const ready = this.batch.in("ready");
    const plan = planJobs(ready, this.batch.refused, this.config.maxFiles);
    const choices = this.choices.values();
    const progress = new Progress({
      bar: byId("overall-progress"),
      text: byId("bar-progress-text"),
      totalBytes: ready.reduce((sum, entry) => sum + entry.size, 0),
      totalFiles: ready.length,
      flowing: () => this.gate.isOpen,
    });
    this.made ??= [];
    try {
      for (const [index, job] of plan.entries()) {
        if (plan.length > 1) progress.job = say("sending_job", { job: index + 1, jobs: plan.length });
        const { config, gate } = this;
        const watch = this.#watch(progress);
        this.made.push(await sendJob(job, { choices, config, gate, watch }));
      }
    } finally {
      progress.stop();
    }
  }

  /* Bytes are counted by file: a repeated one starts again at nothing. */
  #watch(progress) {
    const count = (entry, bytes) => {
      progress.sent += bytes - (entry.counted ?? 0);
      entry.counted = bytes;
    };
    return {
      sent: (entry, bytes) => {
        const known = Math.min(bytes, entry.size);
        count(entry, known);
        this.batch.change([entry], { sending: "sending", fraction: known / entry.size });
      },
      settled: (entry, { state, detail }) => {
        count(entry, entry.size);
        progress.done += 1;
        if (state === "sent") this.config.quotaLeft -= 1;
        this.batch.change([entry], { sending: state, detail });
      },
    };
  }

  #leave() {
    this.finished = true;
    window.removeEventListener("beforeunload", warnOnLeaving);
    announce(say("all_sent"));
    const [first, ...others] = this.made;
    if (others.length === 0) window.location.assign(first.processing_url);
    else window.location.assign(`${this.config.recentUrl}?new=${this.made.map((job) => job.job_id).join(",")}`);
  }
}
