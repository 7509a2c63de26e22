// Makes a part of a page like a freshly fetched one with as few changes as possible: what is alike stays the same node, so
// focus, scrolling and what is open stay too. Rows are known by data-key or id. A form in which somebody types is left alone,
// and so is what another module keeps up to date itself (data-live-keep).

import { changed, filledIn } from "./changed.js";

const OWN = ["open", "data-sent", "aria-disabled"];

function keyOf(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.dataset?.key || node.id : "";
}

function alike(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName;
}

function isInUse(form) {
  if (form.dataset.sent) return true;
  return [...form.elements].some((field) => (field === document.activeElement && filledIn(field)) || changed(field));
}

function attributes(old, fresh, kept) {
  for (const { name, value } of fresh.attributes) {
    if (!kept.includes(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!kept.includes(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
}

function node(old, fresh, done) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.isEqualNode(fresh)) return;
  if (old.tagName === "FORM" && old !== done && isInUse(old)) return;
  if ("liveKeep" in old.dataset && "liveKeep" in fresh.dataset) {
    attributes(old, fresh, [...OWN, "class"]);
    return;
  }
  attributes(old, fresh, OWN);
  children(old, fresh, done);
}

function children(old, fresh, done) {
  const keyed = new Map([...old.children].filter(keyOf).map((child) => [keyOf(child), child]));
  let at = old.firstChild;
  for (const want of [...fresh.childNodes]) {
    const key = keyOf(want);
    let have = null;
    if (key) {
      have = keyed.get(key) ?? null;
      if (have && !alike(have, want)) have = null;
    } else {
      for (let one = at; one && !have; one = one.nextSibling) if (!keyOf(one) && alike(one, want)) have = one;
    }
    if (!have) {
      old.insertBefore(document.importNode(want, true), at);
      continue;
    }
    if (have === at) at = at.nextSibling;
    else old.insertBefore(have, at);
    node(have, want, done);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

export function patch(old, fresh, done) {
  const focused = document.activeElement;
  node(old, fresh, done);
  // A node that was moved loses the focus; what was removed cannot keep it.
  if (focused && focused !== document.activeElement && old.contains(focused)) focused.focus({ preventScroll: true });
}
