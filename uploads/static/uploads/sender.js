/* Sends the bytes of a job's items, three at a time, until each one has its verdict. */
import { putBytes } from "./api.js";
import { Gate, persist } from "./gate.js";
import { say } from "./words.js";

const LANES = 3;
const MISMATCHES = 3; // the server ends an item at the third

async function readable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false; // changed, moved or unplugged since it was chosen: NotReadableError
  }
}

function verdict({ status, data }) {
  if (status === 409) return { state: "failed", code: "changed", detail: data.error ?? say("changed") };
  if (status >= 200 && status < 300) {
    const state = data.state === "error" ? "failed" : "sent";
    return { state, code: data.code ?? null, detail: data.detail ?? null };
  }
  return { state: "failed", code: data.code ?? null, detail: data.error ?? say("refused") };
}

/* A file that can no longer be read is sent empty: its hash then differs, and the server ends the
   item as changed instead of waiting an hour for bytes that cannot come. */
async function sendOne(item, file, callbacks, gate) {
  let body = file;
  const attempt = async () => {
    const answer = await putBytes(item.upload_url, body, (sent) => callbacks.progress?.(item, sent));
    if (answer.status === 0 && !(await readable(body))) {
      body = new Blob([]);
      return { status: 409, data: {} };
    }
    return answer;
  };
  let answer = await persist(gate, attempt);
  const differs = () => answer.status === 409 && answer.data.state !== "error";
  for (let tries = 1; differs() && tries <= MISMATCHES; tries += 1) {
    answer = await persist(gate, attempt);
  }
  return verdict(answer);
}

/** items: [{n, upload_url, …}]; files: Map from n to File or Blob.
    callbacks, all optional: start(item), progress(item, bytesSent),
    settled(item, {state: "sent"|"failed", code, detail}), waiting(see Gate).
    Resolves to {sent, failed} when every item has its verdict. */
export async function sendItems(items, files, callbacks = {}, gate = new Gate(callbacks.waiting)) {
  const queue = [...items];
  const counts = { sent: 0, failed: 0 };
  const lane = async () => {
    for (let item = queue.shift(); item; item = queue.shift()) {
      callbacks.start?.(item);
      const result = await sendOne(item, files.get(item.n), callbacks, gate);
      counts[result.state] += 1;
      callbacks.settled?.(item, result);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return counts;
}
