// Changes a state badge (partials/badge.html) in place.
export function patchBadge(badge, { word, tone, icon }) {
  badge.className = `badge-state tone-${tone}`;
  badge.querySelector("i").className = `bi bi-${icon}`;
  badge.querySelector("span").textContent = word;
}
