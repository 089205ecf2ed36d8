// Recent Jobs: the newest unfinished jobs keep moving while the list is looked at.
import { patchBadge } from "./badge.js";
import { patchBar } from "./bar.js";
import { patchCounts } from "./counts.js";
import { Poller } from "./poll.js";

const FINAL = ["done", "error"];
const WATCHED = 5;

function patch(row, status) {
  const final = FINAL.includes(status.job_status);
  patchBadge(row.querySelector("[data-job-badge] .badge-state"), status.badge);
  patchBar(row.querySelector("[data-bar]"), status.progress);
  patchCounts(row, status);
  if (final) row.querySelector("a").setAttribute("href", row.dataset.resultsUrl);
  return final;
}

const open = [...document.querySelectorAll("[data-open-job]")].slice(0, WATCHED);
for (const row of open) {
  new Poller(row.dataset.statusUrl, { onStatus: (status) => patch(row, status) }).start();
}
