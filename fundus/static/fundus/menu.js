/* Comfort for details.menu: one open at a time, closed by Escape, a click elsewhere or leaving. */
const menus = [...document.querySelectorAll("details.menu")];

function close(menu, giveBackFocus = false) {
  if (!menu.open) return;
  menu.open = false;
  if (giveBackFocus) menu.querySelector("summary").focus();
}

function move(menu, step) {
  const items = [...menu.querySelectorAll(".menu-list :is(a, button)")];
  const next = items.indexOf(document.activeElement) + step;
  items[(next + items.length) % items.length].focus();
}

function onKey(menu, event) {
  if (!menu.open) return;
  if (event.key === "Escape") close(menu, true);
  else if (event.key === "ArrowDown") move(menu, 1);
  else if (event.key === "ArrowUp") move(menu, -1);
  else return;
  event.preventDefault();
}

for (const menu of menus) {
  menu.addEventListener("keydown", (event) => onKey(menu, event));
  menu.addEventListener("toggle", () => {
    if (menu.open) menus.filter((other) => other !== menu).forEach((other) => close(other));
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) close(menu);
  });
}
document.addEventListener("click", (event) => {
  menus.filter((menu) => !menu.contains(event.target)).forEach((menu) => close(menu));
});
