/* Binds [data-gallery]: checkboxes by hand, by range and all at once; a bar says how many are
   selected, here and on other pages, and acts on them. */
import { KeptSelection } from "./kept-selection.js";
import { say, sayCount } from "./words.js";

const DONE = "main [role=status] > :is(.tone-green, .tone-blue)"; // the message about what was done
const ARROWS = { ArrowRight: 1, ArrowLeft: -1 };

class Gallery {
  constructor(root, form) {
    this.root = root;
    this.form = form;
    this.limit = Number(root.dataset.limit);
    this.boxes = [...root.querySelectorAll("input[name=ids]")];
    this.visible = root.querySelector("[data-select-visible]");
    this.bar = root.querySelector("[data-selection-bar]");
    this.live = root.querySelector("[data-live]");
    this.kept = new KeptSelection(root.dataset.owner, root.dataset.query);
    this.anchor = null; // the box that a range begins at
    this.shift = false; // a click made by the Space key does not tell everywhere
  }

  bind() {
    for (const box of this.boxes) {
      box.addEventListener("click", (event) => this.onBox(box, event));
      box.addEventListener("keydown", (event) => this.onKey(box, event));
    }
    this.visible?.addEventListener("change", () => this.all(this.visible.checked));
    this.bar.querySelector("[data-selection-clear]").addEventListener("click", () => this.clear());
    document.addEventListener("keydown", (event) => this.onEscape(event));
    this.form.addEventListener("submit", () => KeptSelection.send());
    this.form.addEventListener("formdata", ({ formData }) => this.addElsewhere(formData));
    window.addEventListener("pageshow", (event) => event.persisted && this.reload());
    this.show();
  }

  onBox(box, event) {
    const range = event.shiftKey || this.shift ? this.between(this.anchor, box) : [box];
    this.select(range, box.checked);
    this.anchor = box;
    this.shift = false;
  }

  onKey(box, event) {
    if (event.key === " ") this.shift = event.shiftKey;
    const next = this.beside(box, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  /** The box to which a key leads from this one, if any. */
  beside(box, key) {
    if (key === "Home") return this.boxes[0];
    if (key === "End") return this.boxes.at(-1);
    const step = ARROWS[key] ?? this.row(key);
    return step ? this.boxes[this.boxes.indexOf(box) + step] : null;
  }

  /** How many boxes a row of the grid has, as a step down or up. */
  row(key) {
    if (key !== "ArrowDown" && key !== "ArrowUp") return 0;
    const top = this.boxes[0].getBoundingClientRect().top;
    const inRow = this.boxes.filter((box) => box.getBoundingClientRect().top === top).length;
    return key === "ArrowDown" ? inRow : -inRow;
  }

  onEscape(event) {
    const typing = event.target.matches?.("input:not([type=checkbox]), select, textarea");
    if (event.key === "Escape" && !event.defaultPrevented && !typing) this.clear();
  }

  between(one, other) {
    const ends = [one ?? other, other].map((box) => this.boxes.indexOf(box)).sort((a, b) => a - b);
    return this.boxes.slice(ends[0], ends[1] + 1);
  }

  all(selected) {
    this.select(this.boxes, selected);
  }

  select(boxes, selected) {
    let refused = false;
    for (const { value } of boxes) {
      refused = selected && !this.kept.has(value) && this.kept.size >= this.limit;
      if (refused) break;
      this.kept.set(value, selected);
    }
    this.show(refused);
    this.tell(refused ? say("selection_limit") : this.summary());
  }

  clear() {
    if (this.kept.size === 0) return;
    const inBar = this.bar.contains(document.activeElement);
    this.kept.clear();
    this.anchor = null;
    this.show();
    if (inBar) (this.visible ?? this.boxes[0])?.focus();
    this.tell(say("selection_cleared"));
  }

  reload() {
    this.kept.load();
    this.show();
  }

  get elsewhere() {
    const here = new Set(this.boxes.map((box) => box.value));
    return this.kept.ids.filter((id) => !here.has(id));
  }

  addElsewhere(formData) {
    for (const id of this.elsewhere) formData.append("ids", id);
  }

  summary() {
    const elsewhere = this.elsewhere.length;
    const parts = [sayCount("selected", this.kept.size)];
    if (elsewhere > 0) parts.push(sayCount("elsewhere", elsewhere));
    return parts.join(", ");
  }

  show(refused = false) {
    const size = this.kept.size;
    const elsewhere = this.elsewhere.length;
    for (const box of this.boxes) box.checked = this.kept.has(box.value);
    this.root.classList.toggle("is-selecting", size > 0);
    this.bar.hidden = size === 0;
    this.bar.querySelector("[data-selection-count]").textContent = sayCount("selected", size);
    this.bar.querySelector("[data-selection-elsewhere]").textContent =
      elsewhere > 0 ? sayCount("elsewhere", elsewhere) : "";
    this.bar.querySelector("[data-selection-limit]").hidden = !refused;
    this.showVisible(size - elsewhere);
  }

  showVisible(here) {
    if (!this.visible) return;
    this.visible.checked = here > 0 && here === this.boxes.length;
    this.visible.indeterminate = here > 0 && here < this.boxes.length;
  }

  tell(sentence) {
    this.live.textContent = sentence;
  }
}

KeptSelection.settle(document.querySelector(DONE) !== null);
const root = document.querySelector("[data-gallery]");
const form = document.getElementById("selection");
if (root && form) new Gallery(root, form).bind();
