// The editor of the timetable: sessions are dragged, resized and moved by keys. The server is told at once and answers with
// what is wrong then; what it refuses goes back to where it is. Everything works without this: the title of a session
// leads to a form. On narrow screens rooms stay lists.

const root = document.querySelector("[data-timetable]");
const wide = window.matchMedia("(min-width: 44rem)");
const DRAG_PX = 5;
const KEY_WAIT_MS = 700;
const MINUTE_MS = 60000;

const grid = root?.querySelector("[data-grid]");
const tray = root?.querySelector("[data-tray]");
const say = root?.querySelector("[data-say]");
const token = root?.querySelector("[data-keys] [name=csrf_token]")?.value;
const top = Date.parse(root?.dataset.top ?? "");
const length = Number(root?.dataset.length);
const clocks = [...(root?.querySelectorAll("[data-clock] span") ?? [])];

const columns = () => [...grid.querySelectorAll(".tt-list")];
const items = (list) => [...list.querySelectorAll(":scope > .tt-item")];
const snap = () => Number(root.querySelector("[data-snap]").value);
const scale = () => grid.querySelector(".tt-clock").getBoundingClientRect().height / (length + 0.5) || 1.5;
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

function tell(text, bad = false) {
  say.textContent = text;
  say.classList.toggle("is-bad", bad);
}

// What the clock of the event shows a number of minutes below the grid's top. Hours come from the server, which knows zones.
function clock(minute) {
  const hour = clocks[clamp(Math.floor(minute / 60), 0, clocks.length - 1)].textContent;
  const [hours] = hour.split(":");
  const past = Math.floor(minute / 60) >= clocks.length ? Math.floor(minute / 60) - clocks.length + 1 : 0;
  const rest = ((minute % 60) + 60) % 60;
  return `${String((Number(hours) + past) % 24).padStart(2, "0")}:${String(rest).padStart(2, "0")}`;
}

const times = (at, minutes) => `${clock(at)}–${clock(at + minutes)}`;

function key() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return [...bytes].map((byte) => "abcdefghijklmnopqrstuvwxyzABCDEF"[byte & 31]).join("");
}

// Where an item stands: minutes from the top (none: in the tray), its list and its length.
function state(item) {
  const at = item.dataset.at === undefined ? null : Number(item.dataset.at);
  return { at, list: item.parentElement, minutes: Number(item.dataset.minutes) };
}

function lanes(list) {
  let group = [];
  let end = -Infinity;
  const close = () => {
    const lanesOf = [];
    for (const item of group) {
      const { at, minutes } = state(item);
      let lane = lanesOf.findIndex((until) => until <= at);
      if (lane < 0) lane = lanesOf.push(0) - 1;
      lanesOf[lane] = at + minutes;
      item.style.setProperty("--lane", lane);
    }
    for (const item of group) item.style.setProperty("--lanes", lanesOf.length);
    group = [];
  };
  const sorted = items(list).sort((one, two) => state(one).at - state(two).at);
  for (const item of sorted) {
    const { at, minutes } = state(item);
    if (at >= end) close();
    group.push(item);
    end = Math.max(end, at + minutes);
  }
  close();
  if (list.dataset.room === "all") bands(sorted);
}

// Breaks stand behind all rooms too, so that nobody has to look to the side.
function bands(breaks) {
  const found = breaks.map((item) => {
    const band = document.createElement("span");
    band.style.setProperty("--at", item.dataset.at);
    band.style.setProperty("--long", item.dataset.minutes);
    return band;
  });
  grid.querySelector("[data-bands]").replaceChildren(...found);
}

function draw(item) {
  const { at, minutes } = state(item);
  item.style.setProperty("--at", at ?? 0);
  item.style.setProperty("--long", minutes);
  item.classList.toggle("is-short", minutes < 30);
  item.querySelector(".tt-times").textContent = at === null ? root.dataset.sayMin.replace("{n}", minutes) : times(at, minutes);
  if (!item.querySelector(".tt-grip")) {
    const grip = document.createElement("span");
    grip.className = "tt-grip";
    item.append(grip);
  }
}

function put(item, { at, list, minutes }) {
  const before = item.parentElement;
  const focused = item.contains(document.activeElement);
  item.dataset.minutes = minutes;
  if (at === null) delete item.dataset.at;
  else item.dataset.at = at;
  if (list !== before) {
    if (list.dataset.room === "tray") list.prepend(item);
    else list.append(item);
    if (focused) item.querySelector("a").focus();
  }
  draw(item);
  for (const each of new Set([before, list])) if (each.dataset.room !== "tray") lanes(each);
}

const same = (one, two) => one.at === two.at && one.list === two.list && one.minutes === two.minutes;
const where = ({ at, list, minutes }) =>
  at === null ? root.dataset.sayTray : root.dataset.sayAt.replace("{room}", list.dataset.name).replace("{time}", times(at, minutes));

function flag(item, words) {
  item.querySelector(".tt-flag")?.remove();
  if (!words) return;
  const mark = document.createElement("span");
  mark.className = "tt-flag";
  mark.append(document.getElementById("tt-flag").content.cloneNode(true), ` ${words}`);
  item.append(mark);
}

// Takes over what the server says of an item and of the day. An item that went to another day leaves the grid.
function take(item, answer) {
  item.dataset.was = answer.was;
  const list = answer.starts_at === "" ? tray.querySelector(".tt-list") : columns().find((each) => each.dataset.room === answer.room);
  const at = answer.starts_at === "" ? null : (Date.parse(answer.starts_at) - top) / MINUTE_MS;
  if (!list || (at !== null && (at < 0 || at >= length))) window.location.reload();
  else put(item, { at, list, minutes: answer.minutes });
  for (const each of root.querySelectorAll(".tt-item")) flag(each, each.dataset.at === undefined ? "" : answer.flags[each.dataset.slot]);
  document.querySelector("[data-told]").innerHTML = answer.told;
  const steps = root.querySelector("[data-steps]");
  const open = steps.querySelector("details")?.open;
  steps.innerHTML = answer.steps;
  if (open) steps.querySelector("details").open = true;
  const count = tray.querySelectorAll(".tt-item").length;
  if (!tray.querySelector("[name=q]").value) tray.querySelector("[data-tray-count]").textContent = count;
  const none = tray.querySelector("[data-tray-empty]");
  if (none) none.hidden = count > 0;
}

const queues = new Map();

// Requests of one item go one after the other, each with what the one before has answered.
function save(item, before) {
  const turn = (queues.get(item) ?? Promise.resolve()).then(() => send(item, before));
  queues.set(item, turn);
  return turn;
}

async function send(item, before) {
  const { at, list, minutes } = state(item);
  const starts = at === null ? "" : `${new Date(top + at * MINUTE_MS).toISOString().slice(0, 16)}Z`;
  const body = new URLSearchParams({ csrf_token: token, once_key: key(), day: root.dataset.day, was: item.dataset.was });
  body.set("starts_at", starts);
  body.set("room", at === null ? "" : list.dataset.room);
  body.set("minutes", minutes);
  item.classList.add("is-busy");
  try {
    const answer = await fetch(`${root.dataset.base}/${item.dataset.slot}/move`, { method: "POST", body, credentials: "same-origin" });
    if (!(answer.headers.get("Content-Type") ?? "").includes("json")) throw new Error(`answered ${answer.status}`);
    const found = await answer.json();
    take(item, found);
    tell(found.error ?? found.say, Boolean(found.error));
  } catch (error) {
    console.warn("not moved", error);
    put(item, before);
    tell(root.dataset.sayFailed, true);
  }
  item.classList.remove("is-busy");
}

// Keys. What they do is shown at once and sent when no further key comes.

let pending = null;

function settle() {
  if (!pending) return;
  const { item, before, timer } = pending;
  clearTimeout(timer);
  pending = null;
  item.classList.remove("is-moved");
  if (!same(before, state(item))) save(item, before);
}

function nudge(item, to) {
  if (pending && pending.item !== item) settle();
  const before = pending?.before ?? state(item);
  clearTimeout(pending?.timer);
  put(item, to);
  item.classList.add("is-moved");
  pending = { item, before, timer: setTimeout(settle, KEY_WAIT_MS) };
  tell(where(to));
}

function beside(list, step) {
  const lists = columns().filter((each) => (each.dataset.room === "all") === (list.dataset.room === "all"));
  return lists[clamp(lists.indexOf(list) + step, 0, lists.length - 1)];
}

function pressed(event) {
  if (event.ctrlKey && event.key === "z" && !event.target.closest("input, textarea, select")) {
    const undo = root.querySelector("[data-undo]");
    if (undo) {
      event.preventDefault();
      undo.requestSubmit();
    }
    return;
  }
  const item = event.target.closest?.(".tt-item");
  if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
  const now = state(item);
  const step = snap();
  const moves = { ArrowUp: -step, ArrowDown: step };
  if (event.key === "Escape" && pending?.item === item) {
    clearTimeout(pending.timer);
    put(item, pending.before);
    item.classList.remove("is-moved");
    tell(where(pending.before));
    pending = null;
  } else if (now.at === null) {
    return;
  } else if (event.key === "Delete") {
    settle();
    put(item, { at: null, list: tray.querySelector(".tt-list"), minutes: now.minutes });
    item.querySelector("a").focus();
    save(item, now);
  } else if (event.key in moves && event.shiftKey) {
    nudge(item, { ...now, minutes: clamp(now.minutes + moves[event.key], step, 1440) });
  } else if (event.key in moves) {
    nudge(item, { ...now, at: clamp(now.at + moves[event.key], 0, length - step) });
  } else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && !event.shiftKey) {
    nudge(item, { ...now, list: beside(now.list, event.key === "ArrowLeft" ? -1 : 1) });
  } else {
    return;
  }
  event.preventDefault();
}

// The pointer.

let drag = null;

function down(event) {
  const item = event.target.closest(".tt-item");
  if (!item || event.button !== 0 || drag) return;
  const resizes = event.target.classList.contains("tt-grip");
  // A finger on a session scrolls the page; it drags by the times and the lower edge.
  if (event.pointerType === "touch" && !resizes && !event.target.closest(".tt-times")) return;
  settle();
  const box = item.getBoundingClientRect();
  drag = { item, resizes, before: state(item), x: event.clientX, y: event.clientY, grip: event.clientY - box.top, id: event.pointerId };
}

function begin() {
  drag.begun = true;
  drag.item.classList.add("is-dragged");
  drag.item.setPointerCapture?.(drag.id);
  if (drag.resizes) return;
  drag.ghost = drag.item.cloneNode(true);
  drag.ghost.classList.add("tt-ghost");
  drag.ghost.removeAttribute("data-slot");
  document.body.append(drag.ghost);
}

function target(event) {
  const inside = (part) => {
    const box = part.getBoundingClientRect();
    return event.clientX >= box.left && event.clientX < box.right && event.clientY >= box.top && event.clientY < box.bottom;
  };
  if (inside(tray)) return tray.querySelector(".tt-list");
  if (!inside(grid.parentElement)) return null;
  const isBreak = drag.item.classList.contains("is-break");
  return columns().find((list) => inside(list) && (list.dataset.room !== "all" || isBreak)) ?? null;
}

function over(event) {
  const { before, item } = drag;
  if (drag.resizes) {
    const minutes = before.minutes + Math.round((event.clientY - drag.y) / scale() / snap()) * snap();
    return { ...before, minutes: clamp(minutes, snap(), 1440) };
  }
  const list = target(event);
  if (!list) return null;
  if (list.dataset.room === "tray") return { at: null, list, minutes: before.minutes };
  // What comes from the tray has no height there: it is held a little below its upper edge.
  const grip = before.at === null ? 8 : drag.grip;
  const at = (event.clientY - grip - list.getBoundingClientRect().top) / scale();
  return { at: clamp(Math.round(at / snap()) * snap(), 0, length - snap()), list, minutes: Number(item.dataset.minutes) };
}

function moved(event) {
  if (!drag) return;
  if (!drag.begun && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < DRAG_PX) return;
  if (!drag.begun) begin();
  event.preventDefault();
  const to = over(event);
  for (const list of [...columns(), tray]) list.classList.toggle("is-target", list === to?.list || (list === tray && to?.at === null));
  if (drag.ghost) {
    drag.ghost.style.setProperty("left", `${event.clientX - 20}px`);
    drag.ghost.style.setProperty("top", `${event.clientY - 12}px`);
    if (to) drag.ghost.querySelector(".tt-times").textContent = where(to);
  } else if (to) {
    put(drag.item, to);
  }
}

function up(event) {
  if (!drag) return;
  const { item, before, begun, ghost } = drag;
  const to = begun && event.type === "pointerup" ? over(event) : null;
  for (const list of [...columns(), tray]) list.classList.remove("is-target");
  item.classList.remove("is-dragged");
  ghost?.remove();
  drag = null;
  if (!begun) return;
  // The click that follows would open the form.
  const hush = (click) => click.preventDefault();
  item.addEventListener("click", hush, { capture: true });
  setTimeout(() => item.removeEventListener("click", hush, { capture: true }), 0);
  put(item, to ?? before);
  if (to && !same(before, to)) save(item, before);
}

function live() {
  root.classList.toggle("is-live", wide.matches);
  root.querySelector("[data-bar]").hidden = !wide.matches;
  grid.style.setProperty("--rooms", columns().length);
  grid.style.setProperty("--length", length);
  columns().forEach((list, index) => list.parentElement.style.setProperty("--column", index + 2));
  for (const mark of clocks) mark.style.setProperty("--at", mark.dataset.at);
  for (const item of root.querySelectorAll(".tt-item")) draw(item);
  for (const list of columns()) lanes(list);
}

if (root && token) {
  live();
  wide.addEventListener("change", live);
  document.addEventListener("keydown", (event) => wide.matches && pressed(event));
  root.addEventListener("focusout", (event) => pending && !pending.item.contains(event.relatedTarget) && settle());
  root.addEventListener("pointerdown", (event) => wide.matches && down(event));
  root.addEventListener("dragstart", (event) => event.preventDefault());
  window.addEventListener("pointermove", moved, { passive: false });
  window.addEventListener("pointerup", up);
  window.addEventListener("pointercancel", up);
  window.addEventListener("pagehide", settle);
}
