// The processing page: asks for the status, changes the page in place, goes on to the results.
import { Announcer } from "./announce.js";
import { patchBadge } from "./badge.js";
import { patchBar } from "./bar.js";
import { patchCounts } from "./counts.js";
import { Poller } from "./poll.js";
import { Rows } from "./rows.js";

const FINAL = ["done", "error"];
const LINGER_MS = 1500;
const MINUTE_MS = 60000;

function show(selector, visible) {
  for (const part of document.querySelectorAll(selector)) part.hidden = !visible;
}

function isSlow(status, now, minutes) {
  const since = Date.parse(status.started_at ?? "");
  return status.job_status === "processing" && now - since > minutes * MINUTE_MS;
}

class Page {
  constructor(root) {
    this.root = root;
    this.title = document.title;
    this.rows = new Rows(
      root.querySelector("[data-items]"), root.querySelector("[data-item-template]"),
    );
    this.announcer = new Announcer(root.querySelector("[data-announce]"), {
      progress: root.dataset.sayProgress,
      done: root.dataset.sayDone,
      trouble: root.dataset.sayTrouble,
      recovered: root.dataset.sayRecovered,
    });
    this.poller = new Poller(root.dataset.statusUrl, {
      onStatus: (status, now) => this.show(status, now),
      onTrouble: () => this.trouble(),
      onRecovered: () => this.recovered(),
      onRefused: (code) => show(code === 401 ? "[data-signed-out]" : "[data-gone]", true),
    });
  }

  start() {
    document.querySelector("[data-refresh]").addEventListener("click", (event) => {
      event.preventDefault();
      this.poller.now();
    });
    // Whoever sends the missing files from this page says so; the news is then worth asking for.
    this.root.addEventListener("fundus:sent", () => this.poller.now());
    this.poller.start();
  }

  show(status, now) {
    const numbers = patchCounts(this.root, status);
    const final = FINAL.includes(status.job_status);
    const slow = this.root.querySelector("[data-slow]");
    patchBadge(this.root.querySelector("[data-job-badge] .badge-state"), status.badge);
    patchBar(this.root.querySelector("[data-bar]"), status.progress);
    this.rows.patch(status.items);
    slow.hidden = !isSlow(status, now, Number(slow.dataset.slowAfter));
    show("[data-resume]", numbers.awaiting > 0);
    document.title = final ? this.title : `${numbers.percent} % · ${this.title}`;
    if (final) this.finish();
    else this.announcer.progress(numbers);
    return final;
  }

  finish() {
    show("[data-under-way]", false);
    show("[data-at-end]", true);
    this.announcer.say("done");
    // replace: “back” from the results must not land here and be sent forward again.
    window.setTimeout(() => window.location.replace(this.root.dataset.resultsUrl), LINGER_MS);
  }

  trouble() {
    if (!document.querySelector("[data-trouble]").hidden) return;
    show("[data-trouble]", true);
    this.announcer.say("trouble");
  }

  recovered() {
    show("[data-trouble]", false);
    this.announcer.say("recovered");
  }
}

const root = document.querySelector("[data-processing]");
if (root) new Page(root).start();
