// Ticked rows: counts them, shows the bar of bulk actions, ticks all of the page.

const boxes = () => [...document.querySelectorAll('input[type="checkbox"][name="ids"]')];

function refresh() {
  const all = boxes();
  const ticked = all.filter((box) => box.checked).length;
  const bar = document.querySelector("[data-bulk]");
  if (bar) {
    bar.dataset.selected = String(ticked);
    const count = bar.querySelector("[data-bulk-count]");
    count.textContent = count.dataset.sayCount.replace("{n}", ticked.toLocaleString(document.documentElement.lang));
  }
  const label = document.querySelector("[data-select-all]");
  const box = label?.querySelector("input");
  if (!box) return;
  label.hidden = false;
  document.querySelector("[data-select-label]")?.remove();
  box.checked = all.length > 0 && ticked === all.length;
  box.indeterminate = ticked > 0 && ticked < all.length;
}

export function bulk() {
  document.addEventListener("change", (event) => {
    if (event.target.closest?.("[data-select-all]")) {
      for (const box of boxes()) box.checked = event.target.checked;
    } else if (event.target.name !== "ids") {
      return;
    }
    refresh();
  });
  document.addEventListener("listing:swapped", refresh);
  // The browser restores ticks after this module ran.
  window.addEventListener("pageshow", refresh);
  refresh();
}
