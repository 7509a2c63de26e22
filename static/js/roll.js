// The roll call on a phone: what is chosen is kept on the device until it is saved, so that neither a lost network nor a
// closed tab loses it; how many are here is counted; and a name is found as it is typed. All of it works without this.
const form = document.querySelector("[data-roll]");
const KEY = form ? `roll-${form.dataset.roll}` : "";

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

function store(choices) {
  try {
    if (Object.keys(choices).length) localStorage.setItem(KEY, JSON.stringify(choices));
    else localStorage.removeItem(KEY);
  } catch {
    // A browser that keeps nothing still saves by the button.
  }
}

function names() {
  return [...form.querySelectorAll('input[name^="was-"]')].map((input) => input.name.slice("was-".length));
}

function chosen(id) {
  return form.elements[`mark-${id}`].value ?? "";
}

function unsaved() {
  const found = {};
  for (const id of names()) {
    if (chosen(id) !== form.elements[`was-${id}`].value) found[id] = chosen(id);
  }
  return found;
}

function show() {
  const kept = form.querySelector("[data-roll-kept]");
  const open = Object.keys(unsaved()).length > 0;
  kept.hidden = !open;
  kept.textContent = open ? (navigator.onLine ? kept.dataset.sayKept : kept.dataset.sayOffline) : "";
  const count = form.querySelector("[data-roll-count]");
  if (!count) return;
  const values = names().map(chosen);
  const number = (value) => String(values.filter((one) => one === value).length);
  count.textContent = count.dataset.say
    .replace("{here}", number("present"))
    .replace("{away}", number("absent"))
    .replace("{open}", number(""));
}

function restore() {
  for (const [id, value] of Object.entries(stored())) {
    const radio = form.querySelector(`input[name="mark-${CSS.escape(id)}"][value="${CSS.escape(value)}"]:not(:disabled)`);
    if (radio) radio.checked = true;
  }
  store(unsaved());
}

function find(text) {
  const wanted = text.trim().toLocaleLowerCase();
  for (const person of form.querySelectorAll(".roll-person")) {
    person.hidden = wanted !== "" && !person.querySelector("legend").textContent.toLocaleLowerCase().includes(wanted);
  }
}

if (form) {
  restore();
  show();
  form.addEventListener("change", () => {
    store(unsaved());
    show();
  });
  form.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    show();
  });
  addEventListener("online", show);
  addEventListener("offline", show);
  const search = form.querySelector("[data-roll-find]");
  search.hidden = names().length < 8;
  const field = search.querySelector("input");
  field.addEventListener("input", () => find(field.value));
  find(field.value);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}
