// Keys of the queue: a approves, d opens declining, j and k walk, a number chooses a suggestion. They do
// nothing while something is typed, with a modifier key, or held down, and they can be turned off.
const KEPT = "queue-keys-off";
const card = document.querySelector("[data-queue]");
const help = document.querySelector("[data-keys-help]");

function kept(value) {
  try {
    if (value !== undefined) localStorage.setItem(KEPT, value ? "yes" : "");
    return localStorage.getItem(KEPT) === "yes";
  } catch {
    return value ?? false;
  }
}

let off = kept();

function typing(element) {
  return element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));
}

function act(key) {
  if (key === "d") {
    const decline = card.querySelector("[data-decline]");
    if (!decline) return false;
    decline.open = true;
    decline.querySelector("textarea").focus();
    return true;
  }
  const target = card.querySelector(`[data-key="${CSS.escape(key)}"]`);
  target?.click();
  return Boolean(target);
}

function show() {
  const button = help.querySelector("[data-keys-toggle]");
  button.textContent = off ? button.dataset.sayOn : button.dataset.sayOff;
  button.setAttribute("aria-pressed", String(!off));
  help.hidden = false;
}

if (card && help) {
  document.addEventListener("keydown", (event) => {
    if (off || event.repeat || event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (/^[adjk1-9]$/.test(event.key) && act(event.key)) event.preventDefault();
  });
  help.querySelector("[data-keys-toggle]").addEventListener("click", () => {
    off = kept(!off);
    show();
  });
  show();
}
