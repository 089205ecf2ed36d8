/* Sliders with their numbers, and the buttons that turn and flip. */
import { neutral } from "./editor-state.js";
import { language, say } from "./words.js";

/** `onChange(change, said, isDone, key)`. Returns what shows a state in them. */
function bindSlider(group, form, onChange) {
  const name = group.dataset.slider;
  const number = form.elements[name];
  const range = group.querySelector("[data-range]");
  const reset = group.querySelector("[data-reset]");
  const label = group.querySelector("label").textContent;

  function set(value, isDone) {
    const limited = Math.min(Math.max(Number(number.min), value), Number(number.max));
    const n = limited.toLocaleString(language());
    onChange({ [name]: limited }, say("said_number", { name: label, n }), isDone, name);
  }

  const typed = () => {
    const value = Number.parseFloat(number.value);
    return Number.isFinite(value) ? value : neutral(name);
  };
  range.addEventListener("input", () => set(Number(range.value), false));
  range.addEventListener("change", () => set(Number(range.value), true));
  number.addEventListener("input", () => number.validity.valid && number.value && set(typed(), false));
  number.addEventListener("change", () => {
    set(typed(), true);
    if (number.value === "") number.value = neutral(name);
  });
  reset.addEventListener("click", () => {
    set(neutral(name), true);
    number.focus();
  });
  return (state) => {
    range.value = state[name];
    reset.disabled = state[name] === neutral(name);
  };
}

/* What is turned and flipped is the picture as it is seen: behind one flip, turns go the other way,
   and a flip turns the fine angle round. */
function turned(state, quarters) {
  const way = state.flip_horizontal !== state.flip_vertical ? -quarters : quarters;
  return { rotate: (state.rotate + way * 90 + 360) % 360 };
}

function flipped(state, axis) {
  const name = `flip_${axis}`;
  return { [name]: !state[name], angle: state.angle === 0 ? 0 : -state.angle };
}

export class Tools {
  #shows;
  #state = null;

  constructor(root, form, onChange) {
    this.flips = [...root.querySelectorAll("[data-flip]")];
    this.#shows = [...root.querySelectorAll("[data-slider]")].map((group) =>
      bindSlider(group, form, onChange),
    );
    for (const button of root.querySelectorAll("[data-turn]")) {
      button.addEventListener("click", () => {
        const change = turned(this.#state, Number(button.dataset.turn));
        onChange(change, say("said_turned", { n: change.rotate }), true);
      });
    }
    for (const button of this.flips) {
      const { flip } = button.dataset;
      button.addEventListener("click", () => onChange(flipped(this.#state, flip), say("said_flipped"), true));
    }
  }

  show(state) {
    this.#state = state;
    for (const show of this.#shows) show(state);
    for (const button of this.flips) {
      button.setAttribute("aria-pressed", String(state[`flip_${button.dataset.flip}`]));
    }
  }
}

/** True if this change shows itself only in the result. */
export function needsResult(change) {
  return Object.keys(change).some((name) => name === "rotate" || name === "angle" || name.startsWith("flip_"));
}

