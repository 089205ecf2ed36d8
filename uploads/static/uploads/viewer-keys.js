/* The keys of the viewer and of the editor. Letters work everywhere on the page unless the switch in the list of keys
   says otherwise: people who speak to their computer set off single letters by accident. */
const KEYS = {
  "+": "zoom-in",
  "=": "zoom-in",
  "-": "zoom-out",
  0: "home",
  h: "home",
  1: "full-size",
  b: "before",
  r: "rotate",
  f: "full-screen",
  g: "red-free",
  c: "contrast",
  i: "invert",
  e: "other-version",
};
const TYPING = "input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]";
const CHOICE = "fundus-viewer-keys";

function remembered() {
  try {
    return localStorage.getItem(CHOICE) !== "near";
  } catch {
    return true; // storage can be forbidden
  }
}

function remember(everywhere) {
  try {
    localStorage.setItem(CHOICE, everywhere ? "everywhere" : "near");
  } catch {
    // it holds for this page then
  }
}

export function bindKeys(viewer, stage, actions, push) {
  const everywhere = viewer.querySelector("[data-keys-switch]");
  everywhere.checked = remembered();
  everywhere.addEventListener("change", () => remember(everywhere.checked));
  const isNear = () => viewer.contains(document.activeElement) || document.fullscreenElement === viewer;

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest(TYPING)) return;
    if (stage.contains(document.activeElement) && push(event.key)) {
      event.preventDefault();
      return;
    }
    const action = actions[KEYS[event.key.toLowerCase()]];
    if (!action || !(everywhere.checked || isNear())) return;
    event.preventDefault();
    action();
  });
}
