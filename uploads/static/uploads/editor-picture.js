/* The picture in the stage: which one is shown, and what is said of it. */
export class Picture {
  constructor(viewer, size) {
    this.image = viewer.querySelector("[data-picture]");
    this.note = viewer.querySelector("[data-note]");
    this.shade = viewer.querySelector("[data-shade]");
    this.size = size;
  }

  tell(text) {
    if (this.note.textContent !== text) this.note.textContent = text;
  }

  /** True once it is there; false if another one has taken its place. */
  async show(address, text) {
    if (this.image.src !== address) this.image.src = address;
    this.image.alt = text;
    try {
      await this.image.decode();
    } catch {
      return false;
    }
    this.image.hidden = false;
    return true;
  }

  dim(crop) {
    const [x, y, w, h] = crop ?? [0, 0, this.size.width, this.size.height];
    const share = (part, whole) => `${(part / whole) * 100}%`;
    this.shade.style.left = share(x, this.size.width);
    this.shade.style.top = share(y, this.size.height);
    this.shade.style.width = share(w, this.size.width);
    this.shade.style.height = share(h, this.size.height);
  }
}
