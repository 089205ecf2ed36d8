/* Binds [data-rendering]: asks how far a saved edit is, and shows the edited version at the end. */
import { getJson } from "./api.js";

const FIRST = 500; // ms
const EVERY = 2000;
const HIDDEN = 15_000; // while nobody looks
const SLOWEST = 30_000; // while the line is gone
const LATE = 60_000; // in which a worker usually begins
const OPEN = new Set(["queued", "processing"]);

function watch(notice) {
  const bar = notice.querySelector("[data-bar]");
  const text = notice.querySelector("[data-text]");
  const told = text.textContent;
  const begun = performance.now();
  let pause = FIRST;
  let timer;

  const say = (sentence) => {
    if (text.textContent !== sentence) text.textContent = sentence;
  };

  function end(sentence) {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", look);
    bar.hidden = true;
    notice.classList.replace("tone-blue", "tone-red");
    say(sentence);
  }

  async function ask() {
    const { status, data } = await getJson(notice.dataset.progressUrl);
    if (status === 200 && !OPEN.has(data.state)) {
      if (data.state === "failed") end(text.dataset.failed);
      else location.replace(notice.dataset.editedUrl);
      return;
    }
    if (status >= 400 && status < 500 && status !== 429) {
      end(text.dataset.gone);
      return;
    }
    if (status === 200) {
      bar.value = data.progress;
      const isLate = data.state === "queued" && performance.now() - begun > LATE;
      say(isLate ? text.dataset.late : told);
    } else {
      say(text.dataset.lost);
    }
    pause = status === 200 ? EVERY : Math.min(SLOWEST, pause * 2);
    wait();
  }

  function wait() {
    clearTimeout(timer);
    timer = setTimeout(ask, document.hidden ? Math.max(pause, HIDDEN) : pause);
  }

  function look() {
    if (!document.hidden) {
      pause = FIRST;
      wait();
    }
  }

  document.addEventListener("visibilitychange", look);
  wait();
}

for (const notice of document.querySelectorAll("[data-rendering]")) watch(notice);
