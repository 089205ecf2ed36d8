/* The upload page: brings the choosers, the checks, the list and the sending together. */
import { Batch } from "./batch.js";
import { refusalOf, refusalOfBytes } from "./checks.js";
import { Choices } from "./choices.js";
import { gatherFrom } from "./gather.js";
import { Gate } from "./gate.js";
import { BrokenWorker, Hasher } from "./hasher.js";
import { FileList } from "./list.js";
import { Lookups } from "./lookup.js";
import { NameHints } from "./names.js";
import { announce, showError, showRemark, waitNotice } from "./notices.js";
import { Sending } from "./sending.js";
import { Summary } from "./summary.js";
import { say, sayCount } from "./words.js";

const byId = (id) => document.getElementById(id);

const AT_ONCE = 20; // files taken in before the page may paint again

const config = JSON.parse(byId("upload-config").textContent);
const form = byId("upload-form");
const batch = new Batch();
const gate = new Gate(waitNotice(byId("wait-notice"), () => gate.open()));
const choices = new Choices(form, () => {
  showError("");
  summary.refresh();
});
const sending = new Sending({ batch, choices, config, gate });
// Older browsers cannot read its patterns: they do without hints rather than without the page.
const telling = await import("./telling.js").catch(() => null);
const hints = new NameHints({
  batch,
  names: telling ? new telling.TellingNames(config.words) : { reason: () => null },
  box: byId("telling-names"),
  list: byId("file-list"),
});
const summary = new Summary({ batch, choices, config, hints, isSending: () => sending.active || sending.finished });
const hasher = new Hasher(form.dataset.md5Worker, form.dataset.md5Library);
let running = 0; // choices still being hashed
const lookups = new Lookups({
  url: config.checkUrl,
  gate,
  complete: () => running === 0,
  answered: (md5s, duplicates) => {
    for (const md5 of md5s) batch.change(batch.withHash(md5), { known: duplicates[md5] ?? null });
  },
});
new FileList(byId("file-list"), byId("row-template"), batch);

async function check(entry) {
  const result = await hasher.hash(entry.file, {
    wanted: () => !entry.gone,
    onStart: () => batch.change([entry], { hashing: true }),
    onProgress: (bytes) => batch.change([entry], { fraction: bytes / entry.size }),
  });
  if (entry.gone) return;
  const refusal = refusalOfBytes(result);
  batch.change([entry], { hashing: false, fraction: 0, refusal, md5: refusal ? null : result.md5 });
  if (refusal) return;
  lookups.add(result.md5);
  lookups.flush();
}

function reportBroken(error) {
  if (!(error instanceof BrokenWorker)) throw error;
  showError(say("check_broken"));
}

/* Many at once would hold up the page: even asking a file for its size takes time. */
async function checkAll(files) {
  const checks = [];
  for (let start = 0; start < files.length; start += AT_ONCE) {
    await new Promise((resume) => setTimeout(resume));
    const added = batch.add(files.slice(start, start + AT_ONCE));
    hints.look(added);
    for (const entry of added) {
      entry.refusal = refusalOf(entry.file, config.maxBytes);
      if (!entry.refusal) checks.push(check(entry).catch(reportBroken));
    }
  }
  await Promise.all(checks);
}

function verdict() {
  const duplicates = batch.in("duplicate").length;
  const { ready, attention } = batch.counts();
  if (duplicates > 0) announce(sayCount("duplicates_found", duplicates));
  announce(say("verdict", { ready, attention }));
  if (hints.told.length > 0) announce(sayCount("names_found", hints.told.length));
}

/** Why no file may be added just now, or "". */
function closed() {
  if (config.quotaLeft <= 0) return say("no_quota");
  return sending.active ? say("busy_sending") : "";
}

function remarks({ files, leftOut, incomplete }) {
  const parts = [];
  if (leftOut > 0) parts.push(sayCount("left_out", leftOut));
  if (incomplete) parts.push(say("unreadable_folder"));
  if (files.length === 0 && parts.length === 0) parts.push(say("empty_folder"));
  return parts.join(" ");
}

async function take(found) {
  const reason = closed();
  showError(reason);
  showRemark(reason ? "" : remarks(found));
  if (reason || found.files.length === 0) return;
  announce(sayCount("added", found.files.length));
  running += 1;
  await checkAll(found.files);
  running -= 1;
  await lookups.flush();
  if (!batch.busy && batch.entries.length > 0) verdict();
}

gatherFrom({ inputs: [byId("file-input"), byId("folder-input")], veil: byId("drop-veil"), take });
form.addEventListener("submit", (event) => {
  event.preventDefault();
  sending.begin().finally(() => summary.refresh());
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted && sending.finished) window.location.reload();
  choices.filterUnits();
  summary.refresh();
});
