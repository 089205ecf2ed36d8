/* How large the picture stands in its stage, and which part of it is in sight. Places are pixels of
   the picture in full, points are those of the window: [x, y]. */
import { formatPercent } from "./format.js";

// CSS pixels for one of the picture, at which the buttons stop.
const STOPS = [1 / 16, 1 / 12, 1 / 8, 1 / 6, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 1, 1.5, 2, 3, 4, 6, 8];
const CLOSEST = STOPS.at(-1);
const HARDLY = 1.01;

export class Zoom {
  #level = null; // CSS pixels for one of the picture; null: all of it, as large as there is room for

  /** `onSize()` after the picture got another size, `onMove()` after that or after it was moved. */
  constructor(viewer, shape, { onSize, onMove }) {
    this.scroller = viewer.querySelector("[data-scroll]");
    this.frame = viewer.querySelector("[data-frame]");
    this.text = viewer.querySelector("[data-zoom-text]");
    this.buttons = {
      in: viewer.querySelector("[data-do=zoom-in]"),
      out: viewer.querySelector("[data-do=zoom-out]"),
    };
    Object.assign(this, { shape, onSize, onMove });
    this.scroller.addEventListener("scroll", onMove);
  }

  start() {
    new ResizeObserver(() => this.#lay()).observe(this.scroller);
  }

  get scale() {
    return this.#level ?? this.#fitting;
  }

  /** All of the picture is in sight. */
  get isWhole() {
    return this.scale <= this.#fitting * HARDLY;
  }

  /** How much larger than all of it at once; at least 1. */
  get magnified() {
    return Math.max(1, this.scale / this.#fitting);
  }

  get #fitting() {
    const { paddingLeft, paddingTop } = getComputedStyle(this.scroller);
    const across = this.scroller.offsetWidth - Number.parseFloat(paddingLeft) * 2;
    const down = this.scroller.offsetHeight - Number.parseFloat(paddingTop) * 2;
    return Math.max(1, Math.min(across, (this.shape.width / this.shape.height) * down)) / this.shape.width;
  }

  get #limits() {
    const fitting = this.#fitting;
    return [Math.min(fitting, 1), Math.max(CLOSEST, fitting * 2)];
  }

  get #middle() {
    const { left, top } = this.scroller.getBoundingClientRect();
    return [left + this.scroller.clientWidth / 2, top + this.scroller.clientHeight / 2];
  }

  /** The picture in the frame is another one, with `place` in the middle unless all is in sight. */
  reshape(shape, place) {
    this.shape = shape;
    this.#lay();
    if (place && !this.isWhole) this.#bring(place, this.#middle);
  }

  /** Stands the picture at that scale, with that place at that point of the window. */
  to(scale, place = this.centre, point = this.#middle) {
    const [least, most] = this.#limits;
    this.#level = scale <= least && least < 1 ? null : Math.min(Math.max(least, scale), most);
    this.#lay();
    this.#bring(place, point);
  }

  whole() {
    this.#level = null;
    this.#lay();
  }

  closer() {
    const { scale } = this;
    this.to(STOPS.find((stop) => stop > scale * HARDLY) ?? scale * 1.5);
  }

  further() {
    const { scale } = this;
    const fitting = this.#fitting;
    const stop = STOPS.findLast((each) => each < scale / HARDLY) ?? 0;
    if (fitting < scale / HARDLY && fitting >= stop) this.whole();
    else this.to(stop);
  }

  moveBy(across, down) {
    if (Math.hypot(across, down) < 1) return;
    this.scroller.scrollBy({ left: across, top: down, behavior: "instant" });
  }

  /** The place in the middle of what is in sight. */
  get centre() {
    return this.placeAt(this.#middle);
  }

  /** What is in sight: [x, y, width, height] in the picture's pixels, not rounded. */
  get sight() {
    const seen = this.scroller.getBoundingClientRect();
    const far = [seen.left + this.scroller.clientWidth, seen.top + this.scroller.clientHeight];
    const within = ([x, y]) => [
      Math.min(Math.max(0, x), this.shape.width),
      Math.min(Math.max(0, y), this.shape.height),
    ];
    const [left, top] = within(this.placeAt([seen.left, seen.top]));
    const [right, bottom] = within(this.placeAt(far));
    return [left, top, right - left, bottom - top];
  }

  get words() {
    return formatPercent(this.scale);
  }

  /** The place at a point of the window, which may be beyond the picture. */
  placeAt([x, y]) {
    const { left, top } = this.frame.getBoundingClientRect();
    return [(x - left) / this.scale, (y - top) / this.scale];
  }

  #bring([x, y], [toX, toY]) {
    const { left, top } = this.frame.getBoundingClientRect();
    this.moveBy(left + x * this.scale - toX, top + y * this.scale - toY);
  }

  #lay() {
    const { scale } = this;
    this.frame.style.width = `${this.shape.width * scale}px`;
    this.frame.style.height = `${this.shape.height * scale}px`;
    this.scroller.classList.toggle("is-zoomed", !this.isWhole);
    this.scroller.classList.toggle("is-close", scale * devicePixelRatio >= 3);
    this.scroller.tabIndex = this.isWhole ? -1 : 0;
    const [least, most] = this.#limits;
    this.text.textContent = this.words;
    this.buttons.out.disabled = scale <= least * HARDLY;
    this.buttons.in.disabled = scale >= most / HARDLY;
    this.onSize();
    this.onMove();
  }
}
