// Search and filters of a list work at once: the same address is fetched and the parts marked
// data-swap are exchanged. When anything is unexpected, the form is sent the ordinary way.
import { addresses } from "./addresses.js";
import { cellLabels } from "./cell-labels.js";
import { changed } from "./changed.js";

const WAIT_MS = 250;

function address(form) {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value !== "") query.append(name, value);
  }
  const url = new URL(window.location.pathname, window.location.origin);
  url.search = query.toString();
  return url;
}

function parts(root) {
  return new Map([...root.querySelectorAll("[data-swap]")].map((part) => [part.dataset.swap, part]));
}

function swap(fetched) {
  const here = parts(document);
  const there = parts(fetched);
  if (here.size !== there.size || [...here.keys()].some((key) => !there.has(key))) return false;
  for (const [key, part] of here) {
    if (part.contains(document.activeElement)) part.innerHTML = there.get(key).innerHTML;
    else part.replaceWith(there.get(key));
  }
  return true;
}

// Forms that act on what the list shows, as the export does, are sent to an address with its search and filters.
function follow(url) {
  for (const form of document.querySelectorAll("form[data-follows-list]")) {
    const action = new URL(form.action);
    action.search = url.search;
    form.action = action.href;
  }
}

export function listing() {
  const form = document.querySelector("form[data-listing]");
  if (!form) return;
  let timer = 0;
  let request = null;

  async function update() {
    const url = address(form);
    if (url.href === window.location.href) return;
    request?.abort();
    request = new AbortController();
    try {
      const answer = await fetch(url, { signal: request.signal, credentials: "same-origin" });
      const type = answer.headers.get("Content-Type") ?? "";
      const text = answer.ok && !answer.redirected && type.includes("text/html") ? await answer.text() : "";
      const fetched = new DOMParser().parseFromString(text, "text/html");
      if (!text || !swap(fetched)) {
        window.location.assign(url);
        return;
      }
      window.history.replaceState(null, "", url);
      follow(url);
      cellLabels();
      addresses();
      document.dispatchEvent(new CustomEvent("listing:swapped"));
    } catch (error) {
      if (error.name !== "AbortError") window.location.assign(url);
    }
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(update, WAIT_MS);
  }

  form.addEventListener("input", soon);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    for (const details of form.querySelectorAll("details[open]")) details.open = false;
    update();
  });
  // What was typed before this module ran is looked for as well.
  if ([...form.elements].some(changed)) soon();
  form.querySelector("[data-listing-submit]")?.classList.add("visually-hidden-focusable");
}
