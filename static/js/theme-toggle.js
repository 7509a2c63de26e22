// The button in the header that switches between light and dark and remembers it.

const root = document.documentElement;
const systemDark = window.matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  const theme = root.dataset.bsTheme;
  return theme === "dark" || (theme !== "light" && systemDark.matches);
}

function show(button) {
  const dark = isDark();
  button.querySelector('[data-theme-icon="dark"]').toggleAttribute("hidden", dark);
  button.querySelector('[data-theme-icon="light"]').toggleAttribute("hidden", !dark);
  button.querySelector("[data-theme-label]").textContent = dark ? button.dataset.sayLight : button.dataset.sayDark;
}

export function themeToggle() {
  const button = document.querySelector("[data-theme-toggle]");
  if (!button) return;
  button.hidden = false;
  show(button);
  systemDark.addEventListener("change", () => show(button));
  button.addEventListener("click", () => {
    const next = isDark() ? "light" : "dark";
    root.dataset.bsTheme = next;
    try {
      localStorage.setItem("theme", next);
    } catch {
      // Without storage the choice holds for this page.
    }
    show(button);
  });
}
