/* The rows of the chosen files; each shows one entry of the batch. */
import { fileName } from "../fundus/fname.js";
import { groupOf, stateOf } from "./batch.js";
import { formatDay, formatMoment, formatSize } from "./format.js";
import { isNeutral, isOpen } from "./names.js";
import { Thumbnails } from "./thumbs.js";
import { say } from "./words.js";

const CHUNK = 20; // rows built in one frame

const LOOKS = {
  waiting: ["grey", "hourglass"],
  hashing: ["blue", "arrow-repeat"],
  checking: ["blue", "search"],
  ready: ["green", "check-lg"],
  sending: ["blue", "arrow-up"],
  sent: ["green", "check2-all"],
  failed: ["red", "exclamation-octagon"],
  duplicate: ["yellow", "files"],
  too_large: ["red", "exclamation-triangle"],
  wrong_type: ["red", "exclamation-triangle"],
  corrupt: ["red", "exclamation-triangle"],
};

export class FileList {
  #rows = new Map(); // entry id → element
  #dirty = new Set();
  #unbuilt = [];
  #scheduled = false;
  #thumbnails = new Thumbnails();

  constructor(list, template, batch) {
    this.list = list;
    this.template = template;
    this.batch = batch;
    batch.addEventListener("added", ({ detail }) => this.#later(() => this.#unbuilt.push(...detail.entries)));
    batch.addEventListener("changed", ({ detail }) => this.#later(() => detail.entries.forEach((entry) => this.#dirty.add(entry))));
    batch.addEventListener("removed", ({ detail }) => detail.entries.forEach((entry) => this.#drop(entry)));
    list.addEventListener("click", (event) => this.#onClick(event));
  }

  #later(note) {
    note();
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    this.#scheduled = false;
    const rows = this.#unbuilt.splice(0, CHUNK).filter((entry) => !entry.gone);
    this.list.append(...rows.map((entry) => this.#build(entry)));
    for (const entry of this.#dirty) this.#update(entry);
    this.#dirty.clear();
    if (this.#unbuilt.length > 0) this.#later(() => {});
  }

  #build(entry) {
    const row = this.template.content.firstElementChild.cloneNode(true);
    row.dataset.id = entry.id;
    row.querySelector("[data-size]").textContent = formatSize(entry.size);
    this.#rows.set(entry.id, row);
    this.#update(entry);
    this.#thumbnails.watch(row.querySelector("[data-thumb]"), entry.file);
    return row;
  }

  #update(entry) {
    const row = this.#rows.get(entry.id);
    if (!row) return;
    const state = stateOf(entry);
    this.#showBar(row, state, entry.fraction);
    this.#showHint(row, entry);
    const twin = entry.twin ? `${entry.twin.id} ${entry.twin.name}` : "";
    const shown = `${state} ${entry.detail ?? ""} ${twin} ${entry.known?.url ?? ""}`;
    if (row.dataset.shown === shown) return;
    row.dataset.shown = shown;
    row.dataset.state = state;
    row.dataset.group = groupOf(state);
    this.#showVerdict(row, state, entry);
  }

  #showName(row, entry) {
    if (row.dataset.named === entry.name) return;
    row.dataset.named = entry.name;
    row.querySelector("[data-name]").replaceChildren(fileName(entry.name, isNeutral(entry) ? entry.name : entry.path));
    row.querySelector("[data-remove]").setAttribute("aria-label", say("remove", { name: entry.name }));
  }

  #showHint(row, entry) {
    this.#showName(row, entry);
    if (!entry.telling) return;
    const hint = row.querySelector("[data-hint]");
    hint.hidden = false;
    hint.classList.toggle("tone-yellow", !isNeutral(entry));
    const own = entry.file.name;
    const text = isNeutral(entry) ? say("renamed", { name: own }) : say(`telling_${entry.telling}`);
    hint.querySelector("[data-text]").textContent = text;
    const button = hint.querySelector("[data-rename]");
    button.hidden = !isOpen(entry);
    button.textContent = say(isNeutral(entry) ? "use_own" : "use_neutral");
    button.setAttribute("aria-label", `${button.textContent}: ${own}`);
  }

  #showBar(row, state, fraction) {
    const bar = row.querySelector(".file-bar");
    bar.hidden = state !== "sending";
    if (bar.hidden) return;
    bar.value = Math.round(fraction * 100);
    bar.setAttribute("aria-label", say("sending"));
  }

  #showVerdict(row, state, entry) {
    const verdict = row.querySelector("[data-verdict]");
    const [tone, icon] = LOOKS[state];
    verdict.className = `file-state tone-${tone}`;
    verdict.querySelector(".bi").className = `bi bi-${icon}`;
    verdict.querySelector("[data-text]").textContent = this.#sentence(state, entry);
    this.#showLink(verdict.querySelector("[data-link]"), state, entry.known);
  }

  #sentence(state, entry) {
    if (entry.detail && (state === "failed" || state === "sent")) return entry.detail;
    if (state !== "duplicate" || !entry.twin) return say(state);
    return `${say("duplicate")} · ${say("duplicate_here", { name: entry.twin.name })}`;
  }

  #showLink(link, state, known) {
    link.hidden = state !== "duplicate" || !known?.url;
    if (link.hidden) return;
    link.href = known.url;
    link.target = "_blank";
    link.textContent = say("duplicate_open", { date: formatDay(known.created_at) });
    const date = formatMoment(known.created_at);
    link.title = say("duplicate_title", { date, uploader: known.uploader ?? "" });
  }

  #onClick(event) {
    const row = event.target.closest("[data-remove]")?.closest("[data-row]");
    const entry = row && this.batch.entries.find(({ id }) => id === Number(row.dataset.id));
    if (!entry) return;
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    this.batch.remove([entry]);
    (neighbour?.querySelector("[data-remove]") ?? document.querySelector("#file-input")).focus();
  }

  #drop(entry) {
    const row = this.#rows.get(entry.id);
    this.#rows.delete(entry.id);
    this.#dirty.delete(entry);
    if (!row) return;
    this.#thumbnails.forget(row.querySelector("[data-thumb]"));
    row.remove();
  }
}
