/* Binds button[data-fold="id"]: opens and closes the part with that id, which small windows fold. */
for (const button of document.querySelectorAll("[data-fold]")) {
  const part = document.getElementById(button.dataset.fold);
  button.addEventListener("click", () => {
    const open = part.classList.toggle("is-open");
    button.setAttribute("aria-expanded", String(open));
  });
}
