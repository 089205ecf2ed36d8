/* Binds [data-editor]: the form of an edit, with frames on the picture, previews, undo and drafts. */
import { Draft } from "./editor-draft.js";
import { Frames } from "./editor-frames.js";
import { Numbers } from "./editor-numbers.js";
import { Picture } from "./editor-picture.js";
import { Preview } from "./editor-preview.js";
import { save } from "./editor-save.js";
import { ORIGINAL, read, recipeOf, tonesOf, write } from "./editor-state.js";
import { Steps } from "./editor-steps.js";
import { Tools, needsResult } from "./editor-tools.js";
import { announce, showError } from "./notices.js";
import { say } from "./words.js";

const MOST = 100; // rectangles
const TYPING = "textarea, select, input:not([type=range])";

class Editor {
  constructor(form) {
    this.form = form;
    this.size = { width: Number(form.dataset.width), height: Number(form.dataset.height) };
    this.viewer = form.querySelector("[data-view]");
    this.saved = read(form);
    this.state = this.saved;
    this.isCurrent = "isCurrent" in form.dataset || recipeOf(this.saved) === ORIGINAL;
    this.steps = new Steps(this.state);
    this.draft = new Draft(form.dataset.image, form.elements.seen.value);
    this.#makeParts();
    bindPage(this);
    const isTurned = Object.keys(this.state).some((name) => needsResult({ [name]: 0 }) && this.state[name]);
    if (isTurned) this.setView("result", false);
    this.show();
    this.#offerDraft();
  }

  #makeParts() {
    const onChange = (...change) => this.change(...change);
    const onChosen = (n) => this.numbers.choose(n);
    this.picture = new Picture(this.viewer, this.size);
    this.preview = new Preview({
      url: this.form.dataset.previewUrl,
      onPicture: (address, isLast) => this.#shown(address, isLast),
      onBusy: () => this.picture.tell(say(this.picture.image.hidden ? "loading" : "updating")),
      onTrouble: (kind, data) => this.#trouble(kind, data),
    });
    const onMode = (mode) => this.setMode(mode);
    this.frames = new Frames(this.picture.frame, this.size, { onChange, onMode, onChosen });
    this.numbers = new Numbers(this.form, this.size, { onChange, onChosen: (n) => this.#choose(n) });
    this.tools = new Tools(this.form, this.form, onChange);
    this.picture.watch(() => this.frames.show(this.state));
  }

  get view() {
    return this.viewer.dataset.view;
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
    if (this.isDirty) this.draft.keep(this.state);
    else this.draft.drop();
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
    if (this.viewer.classList.contains("is-before")) return this.preview.want(ORIGINAL, "before");
    const recipe = this.view === "edit" ? tonesOf(this.state) : recipeOf(this.state);
    return this.preview.want(recipe, this.view);
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
    if (this.viewer.classList.contains("is-before") === isHeld) return;
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

  #shown(address, isLast) {
    const isBefore = this.viewer.classList.contains("is-before");
    this.picture.shaped(isBefore || this.view === "edit");
    this.picture.show(address, say(this.view === "edit" ? "alt_edit" : "alt_result"));
    if (!isLast) return;
    if (this.picture.note.textContent === say("updating")) announce(say("up_to_date"));
    this.picture.tell("");
    this.#trouble("", {});
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

  #offerDraft() {
    const found = this.draft.found();
    const box = this.form.querySelector("[data-draft]");
    box.hidden = !found || JSON.stringify(found) === JSON.stringify(this.state);
    box.querySelector("[data-restore-draft]").addEventListener("click", () => {
      box.hidden = true;
      this.steps.record(found, "");
      this.become(found, say("said_draft"));
    });
    box.querySelector("[data-drop-draft]").addEventListener("click", () => {
      box.hidden = true;
      if (!this.isDirty) this.draft.drop();
    });
  }

  async save() {
    if (this.isSaving) return;
    this.steps.record(this.state, "");
    this.settled();
    if (!this.isDirty && this.isCurrent) {
      showError(say("nothing_to_save"));
      return;
    }
    this.isSaving = true;
    announce(say("saving"));
    const { kind, data } = await save(this.form, recipeOf(this.state));
    this.isSaving = false;
    if (kind === "saved") {
      this.saved = this.state;
      this.draft.drop();
      location.assign(data.url);
      return;
    }
    if (kind === "edited") this.#overtaken(data.seen);
    const sentence = data.error || say(kind === "lost" ? "not_saved" : kind);
    showError(kind === "refused" ? Object.values(data.fields ?? {}).join(" ") || sentence : sentence);
    document.getElementById("form-error").focus();
  }

  /* What is saved next takes the place of what the user has now been told of. */
  #overtaken(seen) {
    for (const field of document.querySelectorAll("input[name=seen]")) field.value = seen;
    this.draft.seen = String(seen);
    this.draft.keep(this.state);
    this.isCurrent = false;
    this.form.querySelector("[data-look]").hidden = false;
  }
}

function bindPage(editor) {
  const { form } = editor;
  const on = (selector, act) => {
    for (const each of form.querySelectorAll(selector)) each.addEventListener("click", () => act(each));
  };
  on("[data-undo]", () => editor.step("undo"));
  on("[data-redo]", () => editor.step("redo"));
  on("[data-again]", () => editor.preview.again());
  on("[data-view-button]", (button) => editor.setView(button.dataset.viewButton));
  on("[data-mode-button]", (button) => editor.setMode(button.dataset.modeButton));
  addEventListener("online", () => !form.querySelector("[data-trouble]").hidden && editor.preview.again());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    editor.save();
  });
  addEventListener("beforeunload", (event) => editor.isDirty && event.preventDefault());
  bindHold(editor, form.querySelector("[data-before]"));
  bindKeys(editor);
}

function bindHold(editor, button) {
  button.addEventListener("pointerdown", (event) => {
    button.setPointerCapture(event.pointerId);
    editor.before(true);
  });
  for (const end of ["pointerup", "pointercancel", "blur"]) {
    button.addEventListener(end, () => editor.before(false));
  }
  button.addEventListener("keydown", ({ key }) => (key === " " || key === "Enter") && editor.before(true));
  button.addEventListener("keyup", () => editor.before(false));
  button.addEventListener("contextmenu", (event) => event.preventDefault());
}

function bindKeys(editor) {
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      const way = key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" ? "redo" : "";
      if (!way || event.altKey) return;
      event.preventDefault();
      editor.step(way);
      return;
    }
    if (key === "enter" && event.target.matches("input")) {
      // It takes what was typed, and does not save by accident.
      event.preventDefault();
      event.target.dispatchEvent(new Event("change", { bubbles: true }));
    }
    if (key === "b" && !event.altKey && !event.target.closest(TYPING)) editor.before(true);
  });
  document.addEventListener("keyup", ({ key }) => key.toLowerCase() === "b" && editor.before(false));
  addEventListener("blur", () => editor.before(false));
}

for (const form of document.querySelectorAll("[data-editor]")) new Editor(form);
