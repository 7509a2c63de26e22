// Follows work under way: asks its address each second and goes on when it is finished.

const EVERY_MS = 1000;
const SLOWEST_MS = 15000;

async function follow(element) {
  const bar = element.querySelector("progress");
  const text = element.querySelector("[data-progress-text]");
  let wait = EVERY_MS;
  for (;;) {
    await new Promise((resolve) => {
      setTimeout(resolve, wait);
    });
    try {
      const answer = await fetch(element.dataset.progress, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const state = await answer.json();
      wait = EVERY_MS;
      if (state.total) {
        bar.max = state.total;
        bar.value = state.done;
      } else {
        bar.removeAttribute("value");
      }
      if (text.textContent !== state.text) text.textContent = state.text;
      if (state.finished) {
        const next = new URL(state.location || window.location.href, window.location.href);
        if (next.origin === window.location.origin) window.location.assign(next);
        return;
      }
    } catch {
      // The server may restart; ask again, ever more slowly, and leave the link for the impatient.
      wait = Math.min(wait * 2, SLOWEST_MS);
    }
  }
}

export function progress() {
  for (const element of document.querySelectorAll("[data-progress]")) {
    element.querySelector("[data-progress-reload]")?.closest("p").classList.add("visually-hidden-focusable");
    follow(element);
  }
}
