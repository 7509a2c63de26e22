// Runs before the first paint: puts the chosen theme on <html>. Nothing chosen: the system decides.
(() => {
  "use strict";
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") {
      document.documentElement.dataset.bsTheme = chosen;
    }
  } catch {
    // Storage may be forbidden; the page then follows the system.
  }
})();
