/* Sentences to the user: the error at the top, the waiting notice, and the live region. */
import { say } from "./words.js";

const byId = (id) => document.getElementById(id);

function show(box, text) {
  box.hidden = text === "";
  box.querySelector("[data-text]").textContent = text;
  if (text) box.scrollIntoView({ block: "nearest" });
}

/** What keeps the user from going on; "" takes it away. */
export function showError(text) {
  show(byId("form-error"), text);
}

/** What the user should know but need not act on. */
export function showRemark(text) {
  show(byId("remark"), text);
  if (text) announce(text);
}

let pending = [];

/** Said by screen readers; sentences of the same moment are said together. */
export function announce(text) {
  if (pending.length === 0) {
    setTimeout(() => {
      byId("live").textContent = pending.join(" ");
      pending = [];
    }, 100);
  }
  pending.push(text);
}

/** Shows what a Gate waits for in `box`; pressing its button opens the gate. The countdown is seen
    every second but said only once. */
export function waitNotice(box, open) {
  const text = box.querySelector("[data-text]");
  const retry = box.querySelector("[data-retry]");
  const signIn = box.querySelector("[data-sign-in]");
  retry.addEventListener("click", open);
  let said = "";
  return (wait) => {
    box.hidden = wait === null;
    if (wait === null) {
      said = "";
      return;
    }
    text.textContent = say(`wait_${wait.reason}`, wait);
    if (said !== wait.reason) announce(text.textContent);
    said = wait.reason;
    retry.textContent = say(wait.reason === "signin" ? "go_on" : "retry_now");
    if (signIn) signIn.hidden = wait.reason !== "signin";
  };
}
