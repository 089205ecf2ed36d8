/* Binds [data-theme-set="light|dark|system"]: remembers the choice and shows which one holds. */
const YEAR = 365 * 24 * 3600; // seconds
const buttons = [...document.querySelectorAll("[data-theme-set]")];

function show() {
  const chosen = document.documentElement.dataset.themeChoice;
  for (const button of buttons) {
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === chosen));
  }
}

function choose(value) {
  const age = value === "system" ? 0 : YEAR;
  const [prefix, secure] = location.protocol === "https:" ? ["__Host-", "; Secure"] : ["", ""];
  document.cookie = `${prefix}fundus-theme=${value}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
  window.dispatchEvent(new Event("fundus:theme"));
  show();
}

for (const button of buttons) {
  button.addEventListener("click", () => choose(button.dataset.themeSet));
}
show();
