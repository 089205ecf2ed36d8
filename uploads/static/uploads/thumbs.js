/* Small pictures for rows in sight: decoded one after another off the main thread, drawn at 96 px,
   the oldest ones out of sight dropped, so that a hundred photographs cost a few megabytes. */

const EDGE = 96; // px, twice the shown size
const KEPT = 200;

export class Thumbnails {
  #queue = [];
  #running = false;
  #drawn = new Map(); // well → canvas, oldest first
  #files = new WeakMap();
  #visible = new Set();

  constructor() {
    this.observer = new IntersectionObserver((seen) => this.#moved(seen), { rootMargin: "200px" });
  }

  watch(well, file) {
    this.#files.set(well, file);
    this.observer.observe(well);
  }

  forget(well) {
    this.observer.unobserve(well);
    this.#visible.delete(well);
    this.#drawn.delete(well);
  }

  #moved(seen) {
    for (const { target, isIntersecting } of seen) {
      if (isIntersecting) this.#visible.add(target);
      else this.#visible.delete(target);
      if (isIntersecting && !this.#drawn.has(target)) this.#queue.push(target);
    }
    this.#work();
  }

  async #work() {
    if (this.#running) return;
    this.#running = true;
    while (this.#queue.length > 0) {
      const well = this.#queue.shift();
      if (this.#visible.has(well) && !this.#drawn.has(well)) await this.#draw(well);
    }
    this.#running = false;
  }

  async #draw(well) {
    try {
      const options = { resizeWidth: EDGE, resizeQuality: "medium" };
      const bitmap = await createImageBitmap(this.#files.get(well), options);
      const canvas = document.createElement("canvas");
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
      canvas.getContext("2d").drawImage(bitmap, 0, 0);
      bitmap.close();
      this.#show(well, canvas);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.#drawn.set(well, null); // not a picture this browser can decode: the icon stays
    }
  }

  #show(well, canvas) {
    well.querySelector(".bi").hidden = true;
    well.append(canvas);
    this.#drawn.set(well, canvas);
    if (this.#drawn.size <= KEPT) return;
    const old = [...this.#drawn.keys()].find((other) => !this.#visible.has(other));
    if (old) this.#drop(old);
  }

  #drop(well) {
    this.#drawn.get(well)?.remove();
    this.#drawn.delete(well);
    well.querySelector(".bi").hidden = false;
  }
}
