/* The switch between the original and the edited version: the view stays where it is. */

/** Binds the links of the switch; returns what shows the other version, or null if there is one. */
export function bindVersions(viewer, show) {
  const links = [...viewer.querySelectorAll("[data-version]")];
  if (links.length < 2) return null;

  function mark(chosen) {
    for (const link of links) {
      if (link === chosen) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    viewer.dataset.shown = chosen.dataset.version;
    for (const each of document.querySelectorAll("[data-of-version]")) {
      each[each.matches("input") ? "value" : "href"] = each.dataset[chosen.dataset.version];
    }
    history.replaceState(null, "", chosen.href);
  }

  async function choose(link) {
    if (viewer.dataset.shown === link.dataset.version) return;
    if (await show(link.dataset.picture)) mark(link);
  }

  for (const link of links) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      choose(link);
    });
  }
  return () => choose(links.find((link) => link.dataset.version !== viewer.dataset.shown));
}
