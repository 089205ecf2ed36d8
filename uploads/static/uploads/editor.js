/* Binds [data-editor]: the form of an edit, with frames on the picture, previews, undo and drafts. */
import { Draft } from "./editor-draft.js";
import { Frames } from "./editor-frames.js";
import { Numbers } from "./editor-numbers.js";
import { bindPage } from "./editor-page.js";
import { Picture } from "./editor-picture.js";
import { toOriginal, toResult } from "./editor-places.js";
import { Preview } from "./editor-preview.js";
import { save } from "./editor-save.js";
import { Sharp } from "./editor-sharp.js";
import { ORIGINAL, read, recipeOf, tonesOf, write } from "./editor-state.js";
import { Steps } from "./editor-steps.js";
import { Tools, needsResult } from "./editor-tools.js";
import { Zoom } from "./editor-zoom.js";
import { announce, showError } from "./notices.js";
import { say } from "./words.js";

const MOST = 100; // rectangles

class Editor {
  constructor(form) {
    this.form = form;
    this.size = { width: Number(form.dataset.width), height: Number(form.dataset.height) };
    this.viewer = form.querySelector("[data-view]");
    this.saved = read(form);
    this.state = this.saved;
    this.isCurrent = "isCurrent" in form.dataset || recipeOf(this.saved) === ORIGINAL;
    this.steps = new Steps(this.state);
    this.#makeParts();
    bindPage(this);
    const isTurned = Object.keys(this.state).some((name) => needsResult({ [name]: 0 }) && this.state[name]);
    if (isTurned) this.setView("result", false);
    this.show();
    this.zoom.start();
    this.draft.offer(this.state);
  }

  #makeParts() {
    const { form, size, viewer } = this;
    const onChange = (...change) => this.change(...change);
    const onTrouble = (kind, data) => this.#trouble(kind, data);
    const url = form.dataset.previewUrl;
    this.picture = new Picture(viewer, size);
    this.preview = new Preview({
      url,
      onPicture: (picture, isLast) => this.#shown(picture, isLast),
      onBusy: () => this.picture.tell(say(this.picture.image.hidden ? "loading" : "updating")),
      onTrouble,
    });
    this.zoom = new Zoom(viewer, size, {
      onSize: () => this.frames.show(this.state),
      onMove: () => this.sharp.look(),
    });
    this.sharp = new Sharp(viewer.querySelector("[data-sharp]"), this.zoom, {
      url,
      onBusy: () => this.picture.tell(say("sharpening")),
      onDone: () => this.#upToDate(),
      onTrouble,
    });
    this.frames = new Frames(this.zoom.frame, size, {
      onChange,
      onMode: (mode) => this.setMode(mode),
      onChosen: (n) => this.numbers.choose(n),
      magnified: () => this.zoom.magnified,
    });
    this.numbers = new Numbers(form, size, { onChange, onChosen: (n) => this.#choose(n) });
    this.tools = new Tools(form, form, onChange);
    this.draft = new Draft(form, {
      onRestore: (state) => this.#restore(state),
      onDecided: () => this.zoom.scroller.focus({ preventScroll: true }),
    });
  }

  get view() {
    return this.viewer.dataset.view;
  }

  get isBefore() {
    return this.viewer.classList.contains("is-before");
  }

  get isDirty() {
    return JSON.stringify(this.state) !== JSON.stringify(this.saved);
  }

  /** One control's change; false where it may not be. `isDone` ends the gesture, which goes on with
      the one before if both are of one `key`. */
  change(change, said, isDone, key = "") {
    if (change.blackouts?.length > MOST) {
      showError(say("too_many", { n: MOST }));
      return false;
    }
    this.state = { ...this.state, ...change };
    write(this.form, this.state);
    if (needsResult(change) && this.view === "edit") this.setView("result", false);
    else if (("crop" in change || "blackouts" in change) && this.view === "result") this.setView("edit", false);
    this.show();
    if (isDone) this.#record(key, said);
    return true;
  }

  #record(key, said) {
    if (!this.steps.record(this.state, key)) return;
    announce(said);
    this.settled();
  }

  /** After each gesture: what is kept, and what can be undone. */
  settled() {
    showError("");
    this.#keep();
    document.querySelector("[data-unsaved]").hidden = !this.isDirty;
    this.form.querySelector("[data-undo]").disabled = !this.steps.canUndo;
    this.form.querySelector("[data-redo]").disabled = !this.steps.canRedo;
  }

  step(way) {
    this.steps.record(this.state, "");
    const state = way === "undo" ? this.steps.undo() : this.steps.redo();
    if (!state) return;
    this.become(state, say(way === "undo" ? "said_undone" : "said_redone"));
  }

  become(state, said) {
    this.state = state;
    write(this.form, state);
    this.show();
    this.settled();
    announce(said);
  }

  show() {
    this.tools.show(this.state);
    this.numbers.show(this.state);
    this.frames.show(this.state);
    this.picture.dim(this.state.crop);
    this.ask();
  }

  ask() {
    if (this.isBefore) return this.preview.want({ recipe: ORIGINAL }, "before");
    const recipe = this.view === "edit" ? tonesOf(this.state) : recipeOf(this.state);
    return this.preview.want({ recipe }, this.view);
  }

  setView(view, isAsked = true) {
    this.viewer.dataset.view = view;
    for (const button of this.form.querySelectorAll("[data-view-button]")) {
      button.setAttribute("aria-pressed", String(button.dataset.viewButton === view));
    }
    for (const button of this.form.querySelectorAll("[data-mode-button]")) button.disabled = view !== "edit";
    if (isAsked) {
      this.ask();
      announce(say(`said_${view}`));
    }
  }

  setMode(mode) {
    this.frames.mode = mode;
    this.viewer.dataset.mode = mode;
    for (const button of this.form.querySelectorAll("[data-mode-button]")) {
      button.setAttribute("aria-pressed", String(button.dataset.modeButton === mode));
    }
  }

  before(isHeld) {
    if (this.isBefore === isHeld) return;
    this.viewer.classList.toggle("is-before", isHeld);
    this.form.querySelector("[data-before]").setAttribute("aria-pressed", String(isHeld));
    this.viewer.querySelector("[data-original-note]").hidden = !isHeld;
    this.ask();
  }

  #choose(n) {
    if (this.view !== "edit") this.setView("edit");
    this.setMode("blackout");
    this.frames.focus(n);
    this.numbers.choose(n);
  }

  async #shown(picture, isLast) {
    const isUpright = this.isBefore || this.view === "edit";
    const shape = { width: picture.width, height: picture.height };
    this.#reshape(shape, isUpright ? null : this.state);
    const isThere = await this.picture.show(picture.address, say(isUpright ? "alt_edit" : "alt_result"));
    if (!isThere || !isLast) return;
    const { recipe } = picture.question;
    const columns = this.picture.image.naturalWidth;
    this.#trouble("", {});
    this.#upToDate();
    this.sharp.over({ recipe, view: this.view, columns, ...shape });
  }

  /* What was in the middle stays there, also where it is turned or cropped; `state` made the
     picture, null if it is upright and whole. */
  #reshape(shape, state) {
    const before = this.laid;
    let place = this.zoom.centre;
    if (before) place = toOriginal(place, before, this.size, this.zoom.shape);
    if (state) place = toResult(place, state, this.size, shape);
    this.laid = state;
    this.zoom.reshape(shape, place);
  }

  #upToDate() {
    if (this.picture.note.textContent === say("updating")) announce(say("up_to_date"));
    this.picture.tell("");
  }

  #trouble(kind, data) {
    const box = this.form.querySelector("[data-trouble]");
    box.hidden = kind === "";
    const text = kind === "refused" ? Object.values(data.fields ?? {}).join(" ") : say(kind);
    box.querySelector("[data-text]").textContent = kind ? text : "";
    if (!kind) return;
    this.picture.tell("");
    announce(text);
  }

  #keep() {
    this.draft.keep(this.isDirty ? this.state : null);
  }

  #restore(state) {
    this.steps.record(this.state, "");
    this.steps.record(state, "");
    this.become(state, say("said_draft"));
  }

  async save() {
    if (this.isSaving) return;
    this.steps.record(this.state, "");
    this.settled();
    if (!this.isDirty && this.isCurrent) {
      showError(say("nothing_to_save"));
      return;
    }
    this.#setSaving(true);
    announce(say("saving"));
    const { kind, data } = await save(this.form, recipeOf(this.state));
    if (kind === "saved") {
      this.saved = this.state;
      this.draft.drop();
      location.assign(data.url); // until then, a second click saves nothing
      return;
    }
    this.#setSaving(false);
    if (kind === "edited") this.#overtaken(data.seen);
    const sentence = data.error || say(kind === "lost" ? "not_saved" : kind);
    showError(kind === "refused" ? Object.values(data.fields ?? {}).join(" ") || sentence : sentence);
    document.getElementById("form-error").focus();
  }

  #setSaving(isSaving) {
    this.isSaving = isSaving;
    const note = document.querySelector("[data-unsaved]");
    note.textContent = say(isSaving ? "saving" : "unsaved");
    note.hidden = false;
  }

  /* What is saved next takes the place of what the user has now been told of. */
  #overtaken(seen) {
    for (const field of document.querySelectorAll("input[name=seen]")) field.value = seen;
    this.#keep();
    this.isCurrent = false;
    this.form.querySelector("[data-look]").hidden = false;
  }
}

for (const form of document.querySelectorAll("[data-editor]")) new Editor(form);
