// Keeps a two-colour progress bar (partials/bar.html) in step with the counts.
export function patchBar(holder, { total, finished, completed, failed }) {
  const share = (count) => `${(100 * count) / Math.max(total, 1)}%`;
  const red = holder.querySelector(".failed");
  holder.querySelector(".done").setAttribute("width", share(completed));
  red.setAttribute("x", share(completed));
  red.setAttribute("width", share(failed));
  if (holder.getAttribute("role") !== "progressbar") return;
  holder.setAttribute("aria-valuemax", String(total));
  holder.setAttribute("aria-valuenow", String(finished));
}
