/* Binds [data-theme-set="light|dark|system"]: remembers the choice and shows which one holds. */
const KEY = "fundus-theme";
const buttons = [...document.querySelectorAll("[data-theme-set]")];

function show() {
  const chosen = document.documentElement.dataset.themeChoice;
  for (const button of buttons) {
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === chosen));
  }
}

function choose(value) {
  try {
    if (value === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, value);
  } catch {
    document.documentElement.dataset.bsTheme = value; // storage forbidden: for this page only
    return;
  }
  window.dispatchEvent(new Event("fundus:theme"));
  show();
}

for (const button of buttons) {
  button.addEventListener("click", () => choose(button.dataset.themeSet));
}
show();
