/* Totals, filter tabs, remaining quota, the sentence in the action bar and the button beside it. */
import { formatSize } from "./format.js";
import { say, sayCount } from "./words.js";

const byId = (id) => document.getElementById(id);

function setText(element, text) {
  const target = element.querySelector("[data-text]") ?? element;
  if (target.textContent !== text) target.textContent = text;
}

export class Summary {
  #scheduled = false;

  constructor({ batch, choices, config, hints, isSending }) {
    Object.assign(this, { batch, choices, config, hints, isSending });
    for (const type of ["added", "changed", "removed"]) {
      batch.addEventListener(type, () => this.refresh());
    }
    for (const tab of document.querySelectorAll("[data-filter]:is(button)")) {
      tab.addEventListener("click", () => this.#filter(tab.dataset.filter));
    }
    byId("remove-all").addEventListener("click", () => {
      batch.remove(batch.entries);
      byId("file-input").focus();
    });
    this.refresh();
  }

  refresh() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#show(this.batch.counts());
    });
  }

  #filter(value) {
    byId("file-list").dataset.filter = value;
    for (const tab of document.querySelectorAll("[data-filter]:is(button)")) {
      tab.setAttribute("aria-pressed", String(tab.dataset.filter === value));
    }
    this.refresh();
  }

  #show(counts) {
    const some = counts.all > 0;
    byId("upload-form").classList.toggle("has-files", some);
    byId("chosen").hidden = !some;
    byId("file-list").hidden = !some;
    this.#showTotals(counts);
    this.#showTabs(counts);
    this.#showChecking(counts);
    this.#showQuota(counts);
    if (this.isSending()) return;
    setText(byId("bar-summary"), this.#sentence(counts));
    this.#showButton(counts);
  }

  #showTotals(counts) {
    const bytes = this.batch.entries.reduce((sum, entry) => sum + entry.size, 0);
    setText(byId("chosen-total"), counts.all ? sayCount("total", counts.all, { size: formatSize(bytes) }) : "");
  }

  #showTabs(counts) {
    for (const tab of document.querySelectorAll("[data-filter]:is(button)")) {
      setText(tab.querySelector("[data-count]"), String(counts[tab.dataset.filter]));
    }
    const filter = byId("file-list").dataset.filter;
    byId("list-none").hidden = counts.all === 0 || counts[filter] > 0;
  }

  #showChecking(counts) {
    const box = byId("check-progress");
    box.hidden = counts.busy === 0;
    if (box.hidden) return;
    const done = counts.all - counts.busy;
    const part = this.batch.entries.reduce((sum, entry) => sum + (entry.hashing ? entry.fraction : 0), 0);
    box.querySelector("progress").value = ((done + part) / counts.all) * 100;
    setText(byId("check-text"), say("checked", { done, n: counts.all }));
  }

  #showQuota(counts) {
    const left = this.config.quotaLeft;
    byId("over-quota").hidden = this.isSending() || counts.ready <= left;
    setText(byId("over-quota"), say("over_quota", { left, n: counts.ready }));
  }

  #sentence(counts) {
    if (counts.all === 0) return this.#withMissing(say("none_chosen"));
    if (counts.busy > 0) return say("checked", { done: counts.all - counts.busy, n: counts.all });
    const n = this.#accepted(counts);
    const parts = [
      n === counts.all
        ? sayCount("will_upload", n)
        : say("will_upload_of", { n, all: counts.all }),
    ];
    if (counts.attention > 0) parts.push(sayCount("attention", counts.attention));
    const names = this.hints.told.length;
    if (names > 0) parts.push(sayCount("names_left", names));
    return this.#withMissing(parts.join(" · "));
  }

  #accepted(counts) {
    return Math.min(counts.ready, this.config.quotaLeft);
  }

  #withMissing(text) {
    const fields = this.choices.missingLabels.join(", ");
    return fields ? `${text} · ${say("missing", { fields })}` : text;
  }

  #showButton(counts) {
    const button = byId("upload-button");
    button.disabled = counts.busy > 0 || this.config.quotaLeft <= 0;
    setText(button, this.#buttonText(counts));
  }

  #buttonText(counts) {
    if (counts.busy > 0) return say("checking_button");
    const jobs = Math.ceil(counts.ready / this.config.maxFiles);
    const n = this.#accepted(counts);
    if (jobs > 1) return say("upload_jobs", { n, jobs });
    return n > 0 ? say("upload_n", { n }) : say("upload");
  }
}
