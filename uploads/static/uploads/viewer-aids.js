/* What helps looking and changes nothing stored: filters of the style sheet on the canvas. */
import { formatPercent } from "./format.js";

const CONTRASTS = [100, 130, 160, 200]; // per cent; image.css has a class for each but the first

/** The aids by the names of their buttons; each call of one is one press. */
export function aidsOf(viewer, stage) {
  const button = (name) => viewer.querySelector(`[data-do=${name}]`);
  const contrastText = viewer.querySelector("[data-contrast-text]");
  let step = 0;

  function toggle(name) {
    const on = stage.classList.toggle(`is-${name}`);
    button(name).setAttribute("aria-pressed", String(on));
  }

  function contrast() {
    stage.classList.remove(`is-contrast-${CONTRASTS[step]}`);
    step = (step + 1) % CONTRASTS.length;
    stage.classList.toggle(`is-contrast-${CONTRASTS[step]}`, step > 0);
    button("contrast").setAttribute("aria-pressed", String(step > 0));
    contrastText.textContent = step > 0 ? formatPercent(CONTRASTS[step] / 100) : "";
  }

  return { "red-free": () => toggle("red-free"), invert: () => toggle("invert"), contrast };
}
