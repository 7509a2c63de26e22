// Keeps pages of a plan live: asks each second whether something has happened (a few bytes, usually "nothing new"), and
// exchanges the parts that have changed. What somebody is typing, has opened or has in focus stays as it is. Without it
// people load the page again. Says every quarter of a minute that the page is open; stops while the tab is hidden.
import { patch } from "./patch.js";

const root = document.querySelector("[data-live-root]");
// What is in force changes rarely: there it is enough to ask less often.
const EVERY_MS = root && "slow" in root.dataset ? 5000 : 1000;
const SLOWEST_MS = 30000;
const PRESENCE_MS = 15000;
const AGAIN = "X-Live";

function parts(from) {
  return new Map([...from.querySelectorAll("[data-live]")].map((part) => [part.dataset.live, part]));
}

function texts(from) {
  return new Map(
    [...from.querySelectorAll("[data-announce]")].map((one) => [one.dataset.announce || one.id, one.textContent.replace(/\s+/g, " ").trim()]),
  );
}

async function page(url, options, why) {
  const answer = await fetch(url, { ...options, headers: { ...options.headers, [AGAIN]: why, Accept: "text/html" } });
  const html = answer.headers.get("Content-Type")?.includes("text/html") ? await answer.text() : "";
  return [answer, new DOMParser().parseFromString(html, "text/html")];
}

function start() {
  const said = root.querySelector("[data-live-say]");
  const here = window.location.pathname;
  const watches = root.dataset.liveRoot;
  let address = window.location.href;
  let state = root.dataset.state;
  let etag = "";
  let wait = EVERY_MS;
  let timer = 0;
  let over = false;

  // A page that was sent and refused stands at the address of the act; the page itself is where the tab that is open leads.
  if (root.dataset.page) address = new URL(root.dataset.page, window.location.href).href;

  function say(text) {
    if (said.textContent !== text) said.textContent = text;
  }

  // Puts the fetched parts in place of those that differ. False if the page as a whole has become another one.
  function exchange(fetched, done) {
    const fresh = fetched.querySelector("[data-live-root]");
    if (!fresh || fresh.dataset.shape !== root.dataset.shape) return false;
    const there = parts(fresh);
    const before = texts(root);
    for (const [key, part] of parts(root)) {
      if (there.has(key)) patch(part, there.get(key), done);
    }
    const news = [...texts(root)].filter(([key, text]) => text && before.has(key) && before.get(key) !== text);
    if (news.length) say(news.map(([, text]) => text).join(" "));
    document.dispatchEvent(new CustomEvent("live:exchanged"));
    return true;
  }

  function isTyping() {
    const active = document.activeElement;
    if (active?.matches?.("input:not([type=hidden]), textarea, select") && root.contains(active)) return true;
    return [...root.querySelectorAll("textarea, input[type=text]")].some((field) => field.value !== field.defaultValue);
  }

  function otherwise() {
    if (isTyping()) say(root.dataset.sayReload);
    else window.location.assign(address);
  }

  async function refresh() {
    const [answer, fetched] = await page(address, {}, "look");
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    if (watches === "form") {
      const mine = root.querySelector('form input[name="version"]');
      const theirs = fetched.querySelector('[data-live-root] form input[name="version"]');
      const note = root.querySelector("[data-live-changed]");
      if (note && mine && theirs && mine.value !== theirs.value) {
        note.hidden = false;
        say(note.textContent.trim());
      }
    } else if (!exchange(fetched)) otherwise();
  }

  function showPeople(people) {
    for (const box of root.querySelectorAll("[data-inside]")) {
      const others = "insideOthers" in box.dataset;
      const inside = people.filter((one) => one.section === box.dataset.inside && !(others && String(one.id) === root.dataset.me));
      const names = inside.map((one) => one.name).join(", ");
      const text = names && box.dataset.say ? box.dataset.say.replace("{names}", names) : names;
      if (box.textContent !== text) box.textContent = text;
      if (box.dataset.say) box.hidden = !names;
    }
  }

  async function pulse() {
    const headers = { Accept: "application/json", ...(etag && { "If-None-Match": etag }) };
    const answer = await fetch(root.dataset.pulse, { headers });
    if (answer.status === 304) return;
    if (answer.redirected || [401, 403, 404].includes(answer.status)) {
      over = true; // signed out, or the plan is not there any more for this person
      otherwise();
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    if (told.state !== state) {
      await refresh();
      state = told.state;
    }
    showPeople(told.people);
    etag = answer.headers.get("ETag") ?? "";
  }

  async function follow() {
    clearTimeout(timer);
    if (over || document.hidden) return;
    try {
      await pulse();
      wait = EVERY_MS;
    } catch {
      // The server may restart, the network be gone: ask ever more slowly.
      wait = Math.min(wait * 2, SLOWEST_MS);
    }
    clearTimeout(timer);
    timer = setTimeout(follow, wait);
  }

  async function bePresent() {
    if (!over && !document.hidden) {
      const body = new URLSearchParams({
        section: root.dataset.section,
        csrf_token: document.querySelector('input[name="csrf_token"]').value,
      });
      await fetch(root.dataset.presence, { method: "POST", body }).catch(() => {});
    }
  }

  // Small forms of the page are sent without leaving it. Those with a question before or behind them go the ordinary way.
  async function send(event) {
    const form = event.target;
    const button = event.submitter;
    if (watches !== "parts" || event.defaultPrevented || !form.closest("[data-live-root]")) return;
    if ("ordinary" in form.dataset || form.dataset.confirm || button?.dataset.confirm || form.method !== "post") return;
    if (!form.closest("[data-live]") && !("liveForm" in form.dataset)) return;
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "yes";
    button?.setAttribute("aria-disabled", "true");
    const messages = document.querySelector("#main .messages");
    try {
      const body = new URLSearchParams(new FormData(form, button));
      const [answer, fetched] = await page(form.action, { method: "POST", body }, "act");
      const at = new URL(answer.url).pathname;
      delete form.dataset.sent;
      if (answer.ok && at !== here && at !== new URL(address).pathname) {
        if (at.startsWith("/login")) throw new Error("signed out");
        window.location.assign(answer.url);
        return;
      }
      if (answer.status >= 500 || !fetched.querySelector("[data-live-root]")) throw new Error(String(answer.status));
      if (answer.ok) {
        form.reset();
        if (!exchange(fetched, form)) {
          window.location.assign(address);
          return;
        }
      } else {
        root.replaceChildren(said, ...[...fetched.querySelector("[data-live-root]").childNodes].filter((one) => !one.matches?.("[data-live-say]")));
        root.querySelector(".error-summary")?.focus();
      }
      messages?.replaceChildren(...fetched.querySelector(".messages").childNodes);
    } catch {
      say(root.dataset.sayLost);
      const box = document.createElement("div");
      box.className = "notice tone-bad";
      box.setAttribute("role", "alert");
      box.textContent = root.dataset.sayLost;
      messages?.replaceChildren(box);
    }
    delete form.dataset.sent;
    button?.removeAttribute("aria-disabled");
  }

  document.addEventListener("submit", send, true);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    follow();
    if (root.dataset.presence) bePresent();
  });
  follow();
  if (root.dataset.presence) {
    bePresent();
    setInterval(bePresent, PRESENCE_MS);
  }
}

if (root) start();
