/* The crop frame and the black-out rectangles on the picture: drawn, moved and sized by cropperjs,
   by keys and limits of our own. Rectangles are [x, y, width, height] in pixels of the original. */
import "../vendor/cropperjs/cropper.esm.min.js";
import { isOnBar } from "./editor-hands.js";
import { say } from "./words.js";

const CORNERS = ["nw", "ne", "sw", "se"];
const SIDES = ["n", "e", "s", "w"];
const DRAWN = 5; // screen pixels that make a drawing of a click
const STEPS = 400; // arrow keys from one side to the other of what is in sight
const LARGE = 10;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const between = (low, value, high) => Math.min(Math.max(low, value), high);

export function shownRect([x, y, w, h]) {
  return say("rect", { x, y, w, h });
}

/** The rectangle as far as it lies within the picture; moved there if `keepsSize`. */
export function within([x, y, w, h], { width, height }, keepsSize) {
  const [left, top] = [Math.round(x), Math.round(y)];
  if (keepsSize) {
    const [wide, high] = [between(1, Math.round(w), width), between(1, Math.round(h), height)];
    return [between(0, left, width - wide), between(0, top, height - high), wide, high];
  }
  const start = [between(0, left, width - 1), between(0, top, height - 1)];
  const right = between(start[0] + 1, Math.round(x + w), width);
  const bottom = between(start[1] + 1, Math.round(y + h), height);
  return [...start, right - start[0], bottom - start[1]];
}

function handle(action) {
  const made = document.createElement("cropper-handle");
  made.action = action;
  made.plain = true;
  return made;
}

function frame(kind) {
  const made = document.createElement("cropper-selection");
  Object.assign(made, { precise: true, tabIndex: 0, className: `editor-box editor-box-${kind}` });
  made.dataset.kind = kind;
  made.setAttribute("role", "application");
  const ways = kind === "crop" ? [...SIDES, ...CORNERS] : CORNERS;
  made.append(handle("move"), ...ways.map((way) => handle(`${way}-resize`)));
  return made;
}

/* What cropperjs takes from a pointer's event. */
function copyOf({ pointerId, pointerType, isPrimary, button, buttons, ctrlKey, clientX, clientY }) {
  return { pointerId, pointerType, isPrimary, button, buttons, ctrlKey, clientX, clientY, cancelable: true };
}

/* A selection of cropperjs removes those beside it, so each has a parent of its own. */
function holderOf(box) {
  const made = document.createElement("div");
  made.className = "editor-holder";
  made.append(box);
  return made;
}

/** `onChange({crop} or {blackouts}, said, isDone, key)` while and after frames are moved; `onMode(mode)`
    when one of the other kind gets the focus; `onChosen(n)` for the rectangle at hand, or null;
    `magnified()` tells how much larger than whole the picture stands there. */
export class Frames {
  #canvas = document.createElement("cropper-canvas");
  #crop = frame("crop");
  #blackouts = [];
  #state;
  #placing = false;
  #gesture = null; // {box, raw, isMove, before} or {ground}

  constructor(holder, size, { onChange, onMode, onChosen, magnified }) {
    Object.assign(this, { holder, size, onChange, onMode, onChosen, magnified });
    this.#canvas.setAttribute("action", "se-resize"); // of a pointer on no frame: it draws one
    holder.addEventListener("wheel", (event) => event.stopPropagation(), { capture: true });
    holder.append(this.#canvas);
    holder.parentElement.addEventListener("pointerdown", (event) => this.#beside(event));
    this.#canvas.addEventListener("actionstart", (event) => this.#start(event.detail));
    this.#canvas.addEventListener("action", (event) => this.#draw(event));
    this.#canvas.addEventListener("actionend", () => this.#end());
    this.#canvas.addEventListener("change", (event) => this.#changed(event));
    this.#canvas.addEventListener("keydown", (event) => this.#key(event));
    this.#canvas.addEventListener("keyup", (event) => this.#keyUp(event));
    this.#canvas.addEventListener("focusin", ({ target }) => this.#focused(target));
    this.#canvas.append(holderOf(this.#crop));
    this.mode = "crop";
  }

  get #scale() {
    return this.holder.getBoundingClientRect().width / this.size.width;
  }

  get #whole() {
    return [0, 0, this.size.width, this.size.height];
  }

  show(state) {
    this.#state = state;
    while (this.#blackouts.length > state.blackouts.length) this.#blackouts.pop().parentElement.remove();
    while (this.#blackouts.length < state.blackouts.length) this.#add();
    this.#place(this.#crop, state.crop ?? this.#whole);
    this.#crop.classList.toggle("is-whole", state.crop === null);
    this.#crop.setAttribute("aria-label", say("crop_frame", { rect: shownRect(this.#rectOf(this.#crop)) }));
    state.blackouts.forEach((rect, n) => {
      this.#place(this.#blackouts[n], rect);
      const words = { n: n + 1, rect: shownRect(rect) };
      this.#blackouts[n].setAttribute("aria-label", say("blackout_frame", words));
      this.#blackouts[n].dataset.n = n + 1;
    });
  }

  focus(n) {
    this.#blackouts[n]?.focus();
  }

  /** What the pointer has begun was not meant: all stands as before. */
  cancel() {
    const { box, before } = this.#gesture ?? {};
    this.#gesture = null;
    if (!box) return;
    box.classList.remove("is-held");
    this.onChange(before, "", false);
  }

  #add() {
    const made = frame("blackout");
    this.#blackouts.push(made);
    this.#canvas.append(holderOf(made));
    return made;
  }

  #rectOf(box) {
    if (box === this.#crop) return this.#state.crop ?? this.#whole;
    return this.#state.blackouts[this.#blackouts.indexOf(box)];
  }

  #place(box, rect) {
    this.#placing = true;
    box.$change(...rect.map((each) => each * this.#scale));
    this.#placing = false;
  }

  /* What cropperjs would do to a frame. It knows no limits, so the frame is put where it may be;
     `raw` is where it would be without, so that it waits for a pointer that comes back. */
  #changed(event) {
    if (this.#placing) return;
    event.preventDefault();
    const gesture = this.#gesture;
    if (gesture?.box !== event.target) return;
    const { x, y, width, height } = event.detail;
    const now = gesture.box;
    const by = [x - now.x, y - now.y, width - now.width, height - now.height];
    gesture.raw = gesture.raw.map((each, n) => each + by[n]);
    const rect = gesture.raw.map((each) => each / this.#scale);
    this.#set(now, within(rect, this.size, gesture.isMove), false);
  }

  #set(box, rect, isDone, key = "") {
    if (box === this.#crop) {
      const isWhole = rect.every((each, n) => each === this.#whole[n]);
      const said = isWhole ? say("said_whole") : say("said_crop", { rect: shownRect(rect) });
      this.onChange({ crop: isWhole ? null : rect }, said, isDone, key);
      return;
    }
    const n = this.#blackouts.indexOf(box);
    const blackouts = this.#state.blackouts.with(n, rect);
    const said = say("said_blackout", { n: n + 1, rect: shownRect(rect) });
    this.onChange({ blackouts }, said, isDone, key && `${key}-${n}`);
  }

  /* A stroke that begins beside the picture begins at its edge. */
  #beside(event) {
    const { currentTarget, target } = event;
    const isSeen = this.#canvas.offsetWidth > 0;
    if (event.defaultPrevented || target !== currentTarget || !isSeen || isOnBar(event, target)) return;
    this.#canvas.dispatchEvent(new PointerEvent("pointerdown", copyOf(event)));
    event.preventDefault();
  }

  /** The pointer's place on the canvas, and the nearest one of the picture. */
  #placesOf({ clientX, clientY }) {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    const place = [clientX - left, clientY - top];
    return [place, [between(0, place[0], width), between(0, place[1], height)]];
  }

  #start({ action, relatedEvent }) {
    const box = relatedEvent.target.closest("cropper-selection");
    if (action === "transform") {
      this.cancel(); // two fingers
      return;
    }
    if (!box) {
      this.#gesture = { ground: this.#placesOf(relatedEvent)[1] };
      return;
    }
    this.#take(box, action === "move", this.#state);
    box.focus({ preventScroll: true });
  }

  #take(box, isMove, { crop, blackouts }) {
    for (const each of [this.#crop, ...this.#blackouts]) {
      each.movable = each.resizable = each === box;
    }
    box.classList.add("is-held");
    const raw = [box.x, box.y, box.width, box.height];
    this.#gesture = { box, isMove, raw, before: { crop, blackouts } };
  }

  /* The first movement on no frame begins a new one there. */
  #draw(event) {
    const ground = this.#gesture?.ground;
    if (!ground) return;
    event.preventDefault(); // or the frame would follow this movement once more
    const [to, nearest] = this.#placesOf(event.detail.relatedEvent);
    const by = nearest.map((each, n) => each - ground[n]);
    for (const each of [this.#crop, ...this.#blackouts]) each.movable = each.resizable = false;
    if (by.includes(0) || Math.hypot(...by) < DRAWN) return;
    const [x, y] = ground.map((each, n) => Math.min(each, to[n]));
    const raw = [x, y, ...to.map((each, n) => Math.abs(each - ground[n]))];
    const rect = within(raw.map((each) => each / this.#scale), this.size, false);
    const before = this.#state;
    let box = this.#crop;
    if (this.mode === "blackout") {
      const blackouts = [...before.blackouts, rect];
      const n = blackouts.length;
      if (!this.onChange({ blackouts }, say("said_added", { n }), false)) {
        this.#gesture = null;
        return;
      }
      box = this.#blackouts.at(-1);
    } else {
      this.#set(box, rect, false);
    }
    this.#canvas.$setAction(`${by[1] < 0 ? "n" : "s"}${by[0] < 0 ? "w" : "e"}-resize`);
    this.#take(box, false, before);
    this.#gesture.raw = raw;
    box.focus({ preventScroll: true });
  }

  #end() {
    const box = this.#gesture?.box;
    this.#gesture = null;
    if (!box) return;
    box.classList.remove("is-held");
    this.#set(box, this.#rectOf(box), true);
  }

  #focused(box) {
    if (!box.dataset.kind) return;
    this.onMode(box.dataset.kind);
    this.onChosen(box === this.#crop ? null : this.#blackouts.indexOf(box));
  }

  #key(event) {
    const box = event.target;
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.#remove(box);
      return;
    }
    const way = ARROWS[event.key];
    if (!way || event.metaKey) return;
    event.preventDefault();
    const longer = Math.max(this.size.width, this.size.height);
    const finest = Math.max(1, Math.round(longer / STEPS / this.magnified()));
    const step = finest * (event.shiftKey ? LARGE : 1);
    const [x, y, w, h] = this.#rectOf(box);
    const sizes = event.altKey || event.ctrlKey;
    const by = way.map((each) => each * step);
    const rect = sizes
      ? [x, y, Math.max(1, w + by[0]), Math.max(1, h + by[1])]
      : [x + by[0], y + by[1], w, h];
    this.#set(box, within(rect, this.size, !sizes), false);
    box.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #keyUp({ key, target, altKey, ctrlKey }) {
    if (!ARROWS[key]) return;
    const what = altKey || ctrlKey ? "size" : "move";
    this.#set(target, this.#rectOf(target), true, `${what}-${target.dataset.kind}`);
  }

  #remove(box) {
    if (box === this.#crop) {
      this.#set(box, this.#whole, true);
      return;
    }
    const n = this.#blackouts.indexOf(box);
    const blackouts = this.#state.blackouts.filter((_, place) => place !== n);
    this.onChange({ blackouts }, say("said_removed", { n: n + 1 }), true);
    (this.#blackouts[Math.min(n, blackouts.length - 1)] ?? this.#crop).focus({ preventScroll: true });
  }
}
