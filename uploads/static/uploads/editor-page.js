/* What the page of the editor lets people do to it, beside frames and controls. */
import { bindHands } from "./editor-hands.js";
import { announce } from "./notices.js";
import { bindKeys } from "./viewer-keys.js";
import { say } from "./words.js";

/** Buttons, keys, wheel and fingers of the editor. */
export function bindPage(editor) {
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
  bindZoom(editor, on);
  bindEditing(editor);
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

function bindZoom(editor, on) {
  const { viewer, zoom } = editor;
  const told = (act) => () => {
    act();
    announce(say("said_zoom", { n: zoom.words }));
  };
  const actions = {
    "zoom-in": told(() => zoom.closer()),
    "zoom-out": told(() => zoom.further()),
    "full-size": told(() => zoom.to(1)),
    home: told(() => zoom.whole()),
    before: () => editor.before(true),
  };
  on("[data-do]", (button) => actions[button.dataset.do]());
  bindHands(zoom, viewer, () => editor.frames.cancel());
  bindKeys(viewer, zoom.scroller, actions, () => false);
  document.addEventListener("keyup", ({ key }) => key.toLowerCase() === "b" && editor.before(false));
  addEventListener("blur", () => editor.before(false));
}

function bindEditing(editor) {
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
  });
}
