/* Sizes, times and dates in words; 1 MB = 1024 × 1024 bytes, as everywhere in this product. */
import { language, say } from "./words.js";

const KB = 1024;
const MB = 1024 * 1024;
const GB = 1024 * MB;

function decimal(value) {
  const digits = value < 10 ? 1 : 0;
  return value.toLocaleString(language(), {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** A share to whole percent, on one line. */
export function formatPercent(share) {
  return `${Math.round(share * 100).toLocaleString(language())}\u00a0%`;
}

export function formatSize(bytes) {
  if (bytes >= GB) return `${decimal(bytes / GB)} GB`;
  if (bytes >= MB) return `${decimal(bytes / MB)} MB`;
  if (bytes >= KB) return `${Math.round(bytes / KB)} KB`;
  return `${bytes} B`;
}

/** Seconds to words, coarse on purpose: an estimate that jumps about helps nobody. */
export function formatDuration(seconds) {
  if (seconds < 10) return say("seconds", { n: Math.max(1, Math.ceil(seconds)) });
  if (seconds < 90) return say("seconds", { n: Math.ceil(seconds / 5) * 5 });
  return say("minutes", { n: Math.ceil(seconds / 60) });
}

/** ISO 8601 to a short day in the user's zone; the year only when it is another one. */
export function formatDay(iso) {
  const date = new Date(iso);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString(language(), { day: "numeric", month: "short", year });
}

export function formatMoment(iso) {
  return new Date(iso).toLocaleString(language(), {
    dateStyle: "medium",
    timeStyle: "short",
  });
}
