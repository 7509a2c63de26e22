// <details data-popup> behaves like a menu: Escape or a click elsewhere closes it.

export function popups() {
  const open = () => document.querySelectorAll("details[data-popup][open]");

  document.addEventListener("click", (event) => {
    for (const details of open()) {
      if (!details.contains(event.target)) details.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const details of open()) {
      const inside = details.contains(document.activeElement);
      details.open = false;
      if (inside) details.querySelector("summary")?.focus();
    }
  });
}
