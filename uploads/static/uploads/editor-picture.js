/* The picture in the stage: how large it stands there, which one is shown, and what is said of it. */
export class Picture {
  constructor(viewer, size) {
    this.stage = viewer.querySelector("[data-stage]");
    this.frame = viewer.querySelector("[data-frame]");
    this.image = viewer.querySelector("[data-picture]");
    this.note = viewer.querySelector("[data-note]");
    this.shade = viewer.querySelector("[data-shade]");
    this.size = size;
    this.shape = size;
  }

  /** Calls back whenever the frame has another size. */
  watch(onSize) {
    this.onSize = onSize;
    new ResizeObserver(() => this.#fit()).observe(this.stage);
  }

  tell(text) {
    if (this.note.textContent !== text) this.note.textContent = text;
  }

  async show(address, text) {
    if (this.image.src !== address) this.image.src = address;
    this.image.alt = text;
    try {
      await this.image.decode();
    } catch {
      return; // another one has taken its place
    }
    this.image.hidden = false;
    this.#fit();
  }

  /** `isUpright`: the frame stands for the whole original; otherwise for the picture that is shown. */
  shaped(isUpright) {
    this.isUpright = isUpright;
    this.#fit();
  }

  dim(crop) {
    const [x, y, w, h] = crop ?? [0, 0, this.size.width, this.size.height];
    const share = (part, whole) => `${(part / whole) * 100}%`;
    this.shade.style.left = share(x, this.size.width);
    this.shade.style.top = share(y, this.size.height);
    this.shade.style.width = share(w, this.size.width);
    this.shade.style.height = share(h, this.size.height);
  }

  #fit() {
    const { naturalWidth, naturalHeight } = this.image;
    const own = !this.isUpright && naturalWidth;
    const shape = own ? { width: naturalWidth, height: naturalHeight } : this.size;
    const style = getComputedStyle(this.stage);
    const across = this.stage.clientWidth - Number.parseFloat(style.paddingLeft) * 2;
    const down = this.stage.clientHeight - Number.parseFloat(style.paddingTop) * 2;
    const scale = Math.min(across / shape.width, down / shape.height);
    this.frame.style.width = `${Math.max(1, shape.width * scale)}px`;
    this.frame.style.height = `${Math.max(1, shape.height * scale)}px`;
    this.onSize?.();
  }
}
