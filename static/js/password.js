// Shows what was typed into a password field, and hides it again before the form is sent.

export function passwordToggles() {
  for (const button of document.querySelectorAll("[data-password-toggle]")) {
    const input = document.getElementById(button.dataset.passwordToggle);
    const word = button.querySelector("span");
    if (!input || !word) continue;
    const set = (visible) => {
      input.type = visible ? "text" : "password";
      word.textContent = visible ? button.dataset.sayHide : button.dataset.sayShow;
      button.setAttribute("aria-pressed", String(visible));
    };
    button.hidden = false;
    button.addEventListener("click", () => set(input.type === "password"));
    // Left readable, the browser would offer it later as an ordinary entry.
    input.form?.addEventListener("submit", () => set(false));
  }
}
