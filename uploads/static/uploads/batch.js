/* The chosen files and what is known of each. Everything shown is derived from here. */

const ATTENTION = new Set(["duplicate", "too_large", "wrong_type", "corrupt", "failed"]);
const READY = new Set(["ready", "sending", "sent"]);
const REFUSED = new Set(["duplicate", "too_large", "wrong_type", "corrupt"]);

/** One word for where an entry stands; refused ones are named by their code. */
export function stateOf(entry) {
  if (entry.sending) return entry.sending;
  if (entry.refusal) return entry.refusal;
  if (!entry.md5) return entry.hashing ? "hashing" : "waiting";
  if (entry.twin || entry.known) return "duplicate";
  return entry.known === undefined ? "checking" : "ready";
}

export function groupOf(state) {
  if (ATTENTION.has(state)) return "attention";
  return READY.has(state) ? "ready" : "busy";
}

let lastId = 0;

function entryFor({ file, path }) {
  return {
    id: (lastId += 1),
    file,
    name: file.name, // or a neutral one: what the server is told
    telling: null, // why its own name looks like a patient's data
    neutral: null, // the name to use instead, once it has one
    path,
    size: file.size,
    hashing: false,
    refusal: null, // code found in the browser
    md5: null,
    known: undefined, // the server's answer: null is unknown to it, else {url, created_at, uploader}
    twin: null, // an earlier entry with the same bytes
    sending: null, // "sending", "sent", "failed"
    detail: null, // the server's sentence
    fraction: 0, // of the bytes, while hashing or sending
    recorded: false, // as rejected, with a job
    gone: false,
  };
}

/** Fires "added" {entries}, "changed" {entries}, "removed" {entries}. */
export class Batch extends EventTarget {
  entries = [];

  #tell(type, entries) {
    if (entries.length > 0) this.dispatchEvent(new CustomEvent(type, { detail: { entries } }));
  }

  add(files) {
    const entries = files.map(entryFor);
    this.entries.push(...entries);
    this.#tell("added", entries);
    return entries;
  }

  change(entries, fields) {
    for (const entry of entries) Object.assign(entry, fields);
    this.#tell("changed", entries);
    if ("md5" in fields) this.#markTwins();
  }

  remove(entries) {
    const gone = new Set(entries);
    this.entries = this.entries.filter((entry) => !gone.has(entry));
    for (const entry of entries) entry.gone = true;
    this.#tell("removed", entries);
    this.#markTwins();
  }

  /** Gives entries other names, of which rows that name them as their twins hear as well. */
  rename(entries, nameOf) {
    for (const entry of entries) entry.name = nameOf(entry);
    const renamed = new Set(entries);
    this.#tell("changed", this.entries.filter((entry) => renamed.has(entry) || renamed.has(entry.twin)));
  }

  withHash(md5) {
    return this.entries.filter((entry) => entry.md5 === md5);
  }

  in(...states) {
    return this.entries.filter((entry) => states.includes(stateOf(entry)));
  }

  /** Refused here and not yet told to the server. */
  get refused() {
    return this.entries.filter((entry) => !entry.recorded && REFUSED.has(stateOf(entry)));
  }

  get busy() {
    return this.entries.some((entry) => groupOf(stateOf(entry)) === "busy");
  }

  /** {all, ready, attention, busy} */
  counts() {
    const counts = { all: this.entries.length, ready: 0, attention: 0, busy: 0 };
    for (const entry of this.entries) counts[groupOf(stateOf(entry))] += 1;
    return counts;
  }

  #markTwins() {
    const first = new Map();
    const changed = [];
    for (const entry of this.entries) {
      if (!entry.md5 || entry.refusal) continue;
      const twin = first.get(entry.md5) ?? null;
      if (!twin) first.set(entry.md5, entry);
      if (twin !== entry.twin) changed.push(entry);
      entry.twin = twin;
    }
    this.#tell("changed", changed);
  }
}
