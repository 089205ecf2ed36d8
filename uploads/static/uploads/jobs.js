/* From checked files to jobs: plans them, makes each one and sends its bytes. */
import { postJson } from "./api.js";
import { stateOf } from "./batch.js";
import { persist } from "./gate.js";
import { sendItems } from "./sender.js";
import { say } from "./words.js";

const MOST_REJECTED = 1000; // in one manifest

/* crypto.randomUUID is missing on plain http, getRandomValues is not. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** [{key, files, rejected}]: every file once, at most `maxFiles` to a job. */
export function planJobs(ready, refused, maxFiles) {
  const count = Math.max(Math.ceil(ready.length / maxFiles), Math.ceil(refused.length / MOST_REJECTED));
  return Array.from({ length: count }, (_, job) => ({
    key: newKey(),
    files: ready.slice(job * maxFiles, (job + 1) * maxFiles),
    rejected: refused.slice(job * MOST_REJECTED, (job + 1) * MOST_REJECTED),
  }));
}

function manifest(job, choices) {
  return {
    ...choices,
    client_key: job.key,
    files: job.files.map(({ name, size, md5 }) => ({ name, size, md5 })),
    rejected: job.rejected.map((entry) => ({ name: entry.name, size: entry.size, code: stateOf(entry) })),
  };
}

/** The server's refusal of a whole job: its sentence, and sentences by field. */
export class JobRefused extends Error {
  constructor({ data }) {
    super(data.error ?? say("refused"));
    this.fields = data.fields ?? {};
  }
}

/** Makes the job and sends its files. `watch.sent(entry, bytes)`, `watch.settled(entry, result)`.
    Resolves to {job_id, processing_url}; throws JobRefused. */
export async function sendJob(job, { choices, config, gate, watch }) {
  const body = manifest(job, choices);
  const answer = await persist(gate, () => postJson(config.jobsUrl, body));
  if (answer.status !== 200 && answer.status !== 201) throw new JobRefused(answer);
  const items = answer.data.items;
  for (const entry of job.rejected) entry.recorded = true;
  for (const item of items.filter(({ state }) => state !== "awaiting")) {
    const state = item.state === "error" ? "failed" : "sent";
    watch.settled(job.files[item.n], { state, code: item.code, detail: item.detail });
  }
  await sendItems(
    items.filter(({ state }) => state === "awaiting"),
    new Map(job.files.map((entry, n) => [n, entry.file])),
    {
      start: ({ n }) => watch.sent(job.files[n], 0),
      progress: ({ n }, bytes) => watch.sent(job.files[n], bytes),
      settled: ({ n }, result) => watch.settled(job.files[n], result),
    },
    gate,
  );
  return answer.data;
}
