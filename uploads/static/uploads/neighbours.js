/* Arrow keys lead to the images before and after this one, where nothing else wants them. */
const OWN = "input, textarea, select, [contenteditable], [role=menu], details[open]";

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  if (document.fullscreenElement || event.target.closest(OWN)) return;
  document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`)?.click();
});
