/* Binds dialog[data-idle]: warns before the session ends, keeps it while somebody works in any tab,
   and covers the page when it has ended. The server decides; this only asks it in time. */
const dialog = document.querySelector("dialog[data-idle]");
const { person, session, signIn } = dialog.dataset;
const [warning, ended] = ["[data-warning]", "[data-ended]"].map((part) => dialog.querySelector(part));
const countdown = dialog.querySelector("[data-countdown]");
const announcer = dialog.querySelector("[data-announce]");
const warnAt = Number(dialog.dataset.warnAt); // seconds before the end
const PING = Math.max(5, Math.min(120, warnAt)) * 1000; // at most so often, while somebody works
const SPOKEN = [60, 30, 10]; // seconds left at which the countdown is read out
const title = document.title;
const channel = "BroadcastChannel" in window ? new BroadcastChannel("fundus-session") : null;

let deadline = Date.now() + Number(dialog.dataset.left) * 1000;
let pinged = Date.now();
let isOver = false;
let isAsking = false;

const tellUse = () => channel?.postMessage({ what: "used", person, deadline });
const emit = (name) => document.dispatchEvent(new Event(name));
const secondsLeft = () => Math.ceil((deadline - Date.now()) / 1000);

/** The server's answer: {left, person}, null when it is out of reach, or {left: 0}. */
async function ask(method = "GET") {
  const token = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1] ?? "";
  const options = { method, cache: "no-store", headers: { "X-CSRFToken": token } };
  try {
    const answer = await fetch(session, options);
    if (answer.status === 401) return { left: 0 };
    if (!answer.ok) return null;
    const data = await answer.json();
    return { left: data.seconds_left, person: data.person };
  } catch {
    return null;
  }
}

async function check(method) {
  if (isAsking) return;
  isAsking = true;
  const answer = await ask(method);
  isAsking = false;
  if (answer?.person && answer.person !== person) {
    document.documentElement.classList.add("session-ended"); // covers it, and lets it go unasked
    location.reload(); // somebody else has signed in: this page is not for them
  } else if (answer?.left) {
    extend(Date.now() + answer.left * 1000);
  } else if (answer || secondsLeft() <= 0) {
    end();
  } else if (secondsLeft() <= warnAt) {
    openWarning(); // the server is out of reach: by our own clock, then
  }
}

function extend(until) {
  deadline = until;
  if (isOver) resume();
  if (secondsLeft() > warnAt) closeWarning();
  else openWarning();
}

function openWarning() {
  if (dialog.open) return;
  emit("fundus:session-ending");
  warning.hidden = false;
  ended.hidden = true;
  dialog.showModal();
  warning.querySelector("[data-stay]").focus();
}

function closeWarning() {
  if (!dialog.open || isOver) return;
  dialog.close();
  announcer.textContent = "";
}

function end() {
  if (isOver) return;
  emit("fundus:session-ending");
  isOver = true;
  warning.hidden = true;
  ended.hidden = false;
  document.documentElement.classList.add("session-ended");
  document.title = dialog.dataset.endedTitle;
  const link = ended.querySelector("a");
  link.href = `${signIn}?next=${encodeURIComponent(location.pathname + location.search)}`;
  // Chosen files cannot be kept anywhere but in this page.
  if (document.querySelector("[data-holds-files] [data-row]")) link.target = "_blank";
  if (!dialog.open) dialog.showModal();
  link.focus();
}

function resume() {
  isOver = false;
  document.documentElement.classList.remove("session-ended");
  document.title = title;
  dialog.close();
  // Signing in again gave a new token; forms still hold the old one.
  const token = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1];
  for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) {
    if (token) field.value = token;
  }
}

function tick() {
  const left = secondsLeft();
  if (isOver || left > warnAt) return;
  if (left <= 0) check();
  else if (!dialog.open) check();
  const shown = Math.max(0, left);
  countdown.textContent = `${Math.floor(shown / 60)}:${String(shown % 60).padStart(2, "0")}`;
  if (SPOKEN.includes(left)) {
    announcer.textContent = dialog.dataset.spoken.replace("{seconds}", String(left));
  }
}

async function stay() {
  pinged = Date.now();
  await check("POST");
  if (!isOver) tellUse();
}

function onActivity() {
  if (!dialog.open && Date.now() - pinged > PING) stay();
}

channel?.addEventListener("message", ({ data }) => {
  if (data.what === "used" && data.person === person && !isOver) extend(data.deadline);
  else check();
});
for (const kind of ["keydown", "pointerdown"]) {
  document.addEventListener(kind, onActivity, { capture: true, passive: true });
}
for (const kind of ["focus", "pageshow"]) {
  window.addEventListener(kind, () => (isOver || secondsLeft() <= warnAt) && check());
}
document.addEventListener("visibilitychange", () => !document.hidden && (isOver ? check() : tick()));
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-sign-out]")) emit("fundus:signing-out");
});
dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  if (!isOver) stay();
});
dialog.addEventListener("close", () => isOver && dialog.showModal());
warning.querySelector("[data-stay]").addEventListener("click", () => stay());
setInterval(tick, 1000);
tick();
tellUse();
