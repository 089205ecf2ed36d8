/* The frames as numbers: of the crop, and a list of the rectangles. */
import { within } from "./editor-frames.js";
import { say } from "./words.js";

/** Binds four inputs; `onRect(rect, isDone)`. Returns what shows a rectangle in them. */
function bindNumbers(group, size, onRect) {
  const inputs = [...group.querySelectorAll("[data-number]")];
  inputs.forEach((input, n) => (input.max = n % 2 ? size.height : size.width));
  let shown = [];
  group.addEventListener("change", () => {
    const wanted = inputs.map((input, n) => (input.value === "" ? shown[n] : Number(input.value)));
    const moves = wanted[0] !== shown[0] || wanted[1] !== shown[1];
    onRect(within(wanted, size, moves), true);
  });
  return (rect) => {
    shown = rect;
    inputs.forEach((input, n) => (input.value = rect[n]));
  };
}

/** `onChange({crop} or {blackouts}, said, isDone)`; `onChosen(n)` when one is picked in the list. */
export class Numbers {
  #state = null;
  #rows = [];

  constructor(root, size, { onChange, onChosen }) {
    Object.assign(this, { root, size, onChange, onChosen });
    this.reset = root.querySelector("[data-reset-crop]");
    this.list = root.querySelector("[data-blackout-list]");
    this.count = root.querySelector("[data-blackout-count]");
    this.template = document.querySelector("[data-blackout-row]");
    this.whole = [0, 0, size.width, size.height];
    this.showCrop = bindNumbers(root.querySelector("[data-numbers=crop]"), size, (rect) => this.#crop(rect));
    this.reset.addEventListener("click", () => this.#crop(this.whole));
    root.querySelector("[data-add-blackout]").addEventListener("click", () => this.#add());
  }

  show(state) {
    this.#state = state;
    this.showCrop(state.crop ?? this.whole);
    this.reset.disabled = state.crop === null;
    this.count.textContent = state.blackouts.length || "";
    while (this.#rows.length > state.blackouts.length) this.#rows.pop().item.remove();
    while (this.#rows.length < state.blackouts.length) this.#makeRow();
    state.blackouts.forEach((rect, n) => this.#rows[n].show(rect));
  }

  /** Opens the numbers of rectangle `n` alone. */
  choose(n) {
    this.#rows.forEach(({ item }, place) => item.classList.toggle("is-chosen", place === n));
  }

  #crop(rect) {
    const isWhole = rect.every((each, n) => each === this.whole[n]);
    const [x, y, w, h] = rect;
    const said = isWhole ? say("said_whole") : say("said_crop", { rect: say("rect", { x, y, w, h }) });
    this.onChange({ crop: isWhole ? null : rect }, said, true);
  }

  #add() {
    const { width, height } = this.size;
    const rect = [width * 0.375, height * 0.45, width / 4, height / 10].map(Math.round);
    const n = this.#state.blackouts.length;
    const blackouts = [...this.#state.blackouts, within(rect, this.size, true)];
    if (this.onChange({ blackouts }, say("said_added", { n: n + 1 }), true)) this.onChosen(n);
  }

  #makeRow() {
    const n = this.#rows.length;
    const item = this.template.content.firstElementChild.cloneNode(true);
    const [choose, remove] = [item.querySelector("[data-choose]"), item.querySelector("[data-remove]")];
    remove.setAttribute("aria-label", say("remove_row", { n: n + 1 }));
    item.querySelector("legend").textContent = say("numbers_of", { n: n + 1 });
    choose.addEventListener("click", () => this.onChosen(n));
    remove.addEventListener("click", () => this.#remove(n));
    const showNumbers = bindNumbers(item.querySelector("[data-numbers]"), this.size, (rect) => {
      const [x, y, w, h] = rect;
      const said = say("said_blackout", { n: n + 1, rect: say("rect", { x, y, w, h }) });
      this.onChange({ blackouts: this.#state.blackouts.with(n, rect) }, said, true);
    });
    this.#rows.push({
      item,
      show(rect) {
        choose.textContent = say("row", { n: n + 1, w: rect[2], h: rect[3] });
        showNumbers(rect);
      },
    });
    this.list.append(item);
  }

  #remove(n) {
    const blackouts = this.#state.blackouts.filter((_, place) => place !== n);
    this.onChange({ blackouts }, say("said_removed", { n: n + 1 }), true);
    const next = this.#rows[Math.min(n, blackouts.length - 1)]?.item.querySelector("[data-remove]");
    (next ?? this.root.querySelector("[data-add-blackout]")).focus();
  }
}
