/* The choices beside the files: hospital filters lab units, and all must be made before sending. */
import { say } from "./words.js";

const REQUIRED = ["hospital", "lab_unit", "camera", "disease", "area"];

export class Choices {
  /** `changed()` is called after every choice. */
  constructor(form, changed = () => {}) {
    this.form = form;
    this.groups = [...form.querySelectorAll("[data-hospital]")];
    this.hint = form.querySelector("[data-unit-hint]");
    form.addEventListener("change", ({ target }) => {
      if (target.type === "file") return;
      if (target.name === "hospital") this.filterUnits();
      this.#clear(target.name);
      changed();
    });
    this.filterUnits();
  }

  filterUnits() {
    const hospital = this.#value("hospital");
    for (const group of this.groups) {
      group.hidden = group.dataset.hospital !== hospital;
      if (group.hidden) group.querySelectorAll("input").forEach((unit) => (unit.checked = false));
    }
    this.hint.hidden = hospital !== "";
    const units = this.groups.find((group) => !group.hidden)?.querySelectorAll("input") ?? [];
    if (units.length !== 1) return;
    units[0].checked = true;
    this.#clear("lab_unit");
  }

  #value(name) {
    return new FormData(this.form).get(name) ?? "";
  }

  /** The manifest's part of the form. */
  values() {
    const data = new FormData(this.form);
    const chosen = Object.fromEntries(REQUIRED.map((name) => [name, data.get(name) ?? ""]));
    return { ...chosen, mydriatic: data.has("mydriatic"), pregraded: data.has("pregraded") };
  }

  get missing() {
    const values = this.values();
    return REQUIRED.filter((name) => values[name] === "");
  }

  /** Words of the fields still to choose, as they stand on the page. */
  get missingLabels() {
    const label = (name) => this.#field(name).querySelector("legend, .field-label, label");
    return this.missing.map((name) => label(name).textContent.trim().toLowerCase());
  }

  /** Marks every missing field and moves the focus to the first. */
  markMissing() {
    const missing = this.missing;
    this.mark(Object.fromEntries(missing.map((name) => [name, say("all_required")])));
  }

  /** errors: {field: sentence or [sentences]} */
  mark(errors) {
    const names = Object.keys(errors).filter((name) => this.#field(name));
    for (const name of names) this.#markOne(name, [errors[name]].flat().join(" "));
    if (names.length === 0) return;
    const first = this.#field(names[0]);
    first.querySelector("input:not(:disabled), select")?.focus();
    first.scrollIntoView({ block: "nearest" });
  }

  #field(name) {
    return this.form.querySelector(`[data-field="${CSS.escape(name)}"]`);
  }

  #target(field) {
    return field.querySelector("select") ?? field;
  }

  #markOne(name, sentence) {
    this.#clear(name);
    const field = this.#field(name);
    const error = document.createElement("p");
    error.className = "field-error";
    error.id = `error-${name}`;
    const icon = document.createElement("i");
    icon.className = "bi bi-exclamation-circle";
    icon.setAttribute("aria-hidden", "true");
    const text = document.createElement("span");
    text.textContent = sentence;
    error.append(icon, text);
    field.append(error);
    field.classList.add("has-error");
    this.#target(field).setAttribute("aria-describedby", error.id);
    this.#target(field).setAttribute("aria-invalid", "true");
  }

  #clear(name) {
    const field = this.#field(name);
    if (!field) return;
    field.classList.remove("has-error");
    field.querySelector(`#error-${CSS.escape(name)}`)?.remove();
    this.#target(field).removeAttribute("aria-describedby");
    this.#target(field).removeAttribute("aria-invalid");
  }
}
