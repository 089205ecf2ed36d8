/* Loaded in the head, before the first paint: marks that scripts run and sets the theme. */
(() => {
  "use strict";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  // A cookie: storage is emptied when somebody signs out.
  function stored() {
    return document.cookie.match(/(?:^|; )(?:__Host-)?fundus-theme=(\w+)/)?.[1] ?? null;
  }

  function choice() {
    const value = stored();
    return value === "light" || value === "dark" ? value : "system";
  }

  function apply() {
    const chosen = choice();
    root.dataset.themeChoice = chosen;
    root.dataset.bsTheme = chosen === "system" ? (dark.matches ? "dark" : "light") : chosen;
  }

  root.classList.add("js");
  apply();
  dark.addEventListener("change", apply);
  window.addEventListener("fundus:theme", apply);
  // Another tab may have chosen otherwise.
  document.addEventListener("visibilitychange", () => document.hidden || apply());
})();
