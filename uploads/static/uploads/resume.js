/* Continues a job on its processing page: of the files chosen again, those still missing are sent. */
import { getJson } from "./api.js";
import { Gate, persist } from "./gate.js";
import { Hasher } from "./hasher.js";
import { sendItems } from "./sender.js";
import { say, sayCount } from "./words.js";

function warnOnLeaving(event) {
  event.preventDefault();
  event.returnValue = true; // older browsers ask only because of this
}

/** Items still awaiting their bytes, with the address each goes to. */
async function missingItems(statusUrl, gate) {
  const { data } = await persist(gate, () => getJson(statusUrl));
  const missing = (data.items ?? []).filter((item) => item.state === "awaiting");
  const base = statusUrl.replace(/status$/, "items/");
  return missing.map((item) => ({ ...item, upload_url: `${base}${item.n}` }));
}

/** Map from n to the file with exactly the missing bytes; the size spares hashing the others. */
async function match(files, items, hasher) {
  const sizes = new Set(items.map((item) => item.size));
  const matches = new Map();
  const find = async (file) => {
    const { md5 } = await hasher.hash(file);
    const item = items.find((one) => one.md5 === md5 && !matches.has(one.n));
    if (item && md5) matches.set(item.n, file);
  };
  await Promise.all(files.filter((file) => sizes.has(file.size)).map(find));
  return matches;
}

class Resume {
  constructor(root, { worker, library }) {
    this.root = root;
    this.input = root.querySelector("[data-resume-files]");
    this.state = root.querySelector("[data-resume-state]");
    this.hasher = new Hasher(worker, library);
    this.gate = new Gate((wait) => this.#tell(wait ? say(`wait_${wait.reason}`, wait) : ""));
    this.input.addEventListener("change", () => this.#go([...this.input.files]));
  }

  #tell(text) {
    this.state.textContent = text;
  }

  async #go(files) {
    this.input.disabled = true;
    window.addEventListener("beforeunload", warnOnLeaving);
    try {
      this.#tell(await this.#send(files));
    } finally {
      window.removeEventListener("beforeunload", warnOnLeaving);
      this.input.disabled = false;
      this.input.value = "";
    }
  }

  async #send(files) {
    const items = await missingItems(this.root.dataset.statusUrl, this.gate);
    if (items.length === 0) return say("resume_nothing");
    this.#tell(say("checked", { done: 0, n: files.length }));
    const matches = await match(files, items, this.hasher);
    if (matches.size === 0) return say("resume_none");
    this.#tell(say("resume_found", { n: matches.size, all: items.length }));
    const found = items.filter((item) => matches.has(item.n));
    const settled = () => this.root.dispatchEvent(new Event("fundus:sent", { bubbles: true }));
    const { sent, failed } = await sendItems(found, matches, { settled }, this.gate);
    const parts = [sayCount("resume_done", sent)];
    if (failed > 0) parts.push(say("resume_failed", { n: failed }));
    return parts.join(" ");
  }
}

const script = document.querySelector("script[data-md5-worker]");
for (const root of document.querySelectorAll("[data-resume]")) {
  new Resume(root, { worker: script.dataset.md5Worker, library: script.dataset.md5Library });
}
