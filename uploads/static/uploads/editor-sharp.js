/* What is in sight in all its detail: laid over the server's small picture where that is shown larger
   than it is. Rectangles are [x, y, width, height] in pixels of the picture in full. */
import { Preview } from "./editor-preview.js";

const SIDE = 1600; // pixels the server sends at most
const AROUND = 0.15; // of what is in sight is fetched beside it
const GRID = 16;
const HARDLY = 0.9;

function holds([x, y, w, h], [left, top, wide, high]) {
  return left >= x && top >= y && left + wide <= x + w && top + high <= y + h;
}

/** A little more than what is in sight, but not so much that it would be sent reduced. */
function wider([x, y, w, h], { width, height }) {
  const longer = Math.max(w, h);
  const room = longer > SIDE ? Infinity : (SIDE - longer) / 2 - GRID;
  const by = Math.max(0, Math.min(longer * AROUND, room));
  const [left, top] = [x - by, y - by].map((each) => Math.max(0, Math.floor(each / GRID) * GRID));
  const [right, bottom] = [x + w + by, y + h + by].map((each) => Math.ceil(each / GRID) * GRID);
  return [left, top, Math.min(right, width) - left, Math.min(bottom, height) - top];
}

export class Sharp {
  #preview;
  #base = null;
  #laid = null; // {recipe, rect}

  /** `onBusy()` while it is fetched, `onDone()`, `onTrouble(kind, data)` as of Preview. */
  constructor(image, zoom, { url, onBusy, onDone, onTrouble }) {
    Object.assign(this, { image, zoom, onDone });
    const onPicture = (picture, isLast) => this.#lay(picture, isLast);
    this.#preview = new Preview({ url, onPicture, onBusy, onTrouble });
  }

  /** The small picture below: {recipe, view, width, height, columns}, its width as sent. */
  over(base) {
    this.#base = base;
    this.look();
  }

  /** To be called whenever something else comes into sight. */
  look() {
    const base = this.#base;
    const { sight } = this.zoom;
    const isLaid = base && this.#laid?.recipe === base.recipe;
    this.image.hidden = !isLaid;
    if (!base || !this.#isBlurred(base) || Math.min(sight[2], sight[3]) <= 0) {
      this.image.hidden = true;
      this.#preview.rest();
      return;
    }
    if (isLaid && holds(this.#laid.rect, sight) && this.#isFine(this.#laid)) return;
    const window = wider(sight, base).join(" ");
    this.#preview.want({ recipe: base.recipe, window }, base.view);
  }

  get #wanted() {
    return Math.min(1, this.zoom.scale * devicePixelRatio);
  }

  #isBlurred({ width, columns }) {
    return columns < width && columns / width < this.#wanted * HARDLY;
  }

  #isFine({ rect }) {
    return this.image.naturalWidth / rect[2] >= this.#wanted * HARDLY;
  }

  async #lay({ address, question, width, height }, isLast) {
    if (question.recipe !== this.#base?.recipe) return;
    const rect = question.window.split(" ").map(Number);
    const next = new Image();
    next.src = address;
    const isThere = await next.decode().then(() => true, () => false);
    if (!isThere || question.recipe !== this.#base?.recipe) return;
    const share = (part, whole) => `${(part / whole) * 100}%`;
    this.image.src = address;
    Object.assign(this.image.style, {
      left: share(rect[0], width),
      top: share(rect[1], height),
      width: share(rect[2], width),
      height: share(rect[3], height),
    });
    this.#laid = { recipe: question.recipe, rect };
    this.image.hidden = false;
    if (isLast) this.onDone();
  }
}
