// Keeps the list of files in step with the status JSON: rows change in place, failures move up.
import { fileName } from "../fundus/fname.js";
import { patchBadge } from "./badge.js";

function fillLink(row, url) {
  const link = row.querySelector("[data-link]");
  link.hidden = !url;
  if (url) link.setAttribute("href", url);
}

function fill(row, item) {
  const detail = row.querySelector("[data-detail]");
  row.dataset.state = item.state;
  detail.textContent = item.detail ?? "";
  detail.hidden = !item.detail;
  fillLink(row, item.image_url);
  if (!item.rejected) patchBadge(row.querySelector(".badge-state"), item.badge);
}

function inReadingOrder(items) {
  const rank = (item) => (item.state === "error" && !item.rejected ? 0 : 1);
  return [...items].sort((a, b) => rank(a) - rank(b) || a.n - b.n);
}

/** `list` holds the rows, `template` one blank row for files the page has not shown yet. */
export class Rows {
  #list;
  #template;
  #rows = new Map();
  #seen = new Map();

  constructor(list, template) {
    this.#list = list;
    this.#template = template;
    for (const row of list.children) this.#rows.set(row.dataset.item, row);
  }

  patch(items) {
    const ordered = inReadingOrder(items).map((item) => this.#row(item));
    ordered.forEach((row, at) => {
      if (this.#list.children[at] !== row) this.#list.insertBefore(row, this.#list.children[at] ?? null);
    });
  }

  #row(item) {
    const key = String(item.n);
    const row = this.#rows.get(key) ?? this.#add(key, item);
    const look = JSON.stringify([item.state, item.detail, item.image_url]);
    if (this.#seen.get(key) !== look) fill(row, item);
    this.#seen.set(key, look);
    return row;
  }

  #add(key, item) {
    const row = this.#template.content.firstElementChild.cloneNode(true);
    row.dataset.item = key;
    row.querySelector(".fname").replaceWith(fileName(item.filename));
    row.querySelector("[data-link-name]").textContent = ` ${item.filename}`;
    this.#rows.set(key, row);
    return row;
  }
}
