/* Binds [data-versions]: its buttons show the original or the edited version in their card. */
for (const group of document.querySelectorAll("[data-versions]")) {
  const picture = group.closest("[data-card]").querySelector("[data-thumb]");
  const buttons = [...group.querySelectorAll("button")];
  group.addEventListener("click", ({ target }) => {
    const chosen = target.closest("button");
    if (!chosen) return;
    picture.srcset = chosen.dataset.srcset;
    picture.src = chosen.dataset.src;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button === chosen));
  });
}
