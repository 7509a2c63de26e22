// Counts down to the moment at which a way in opens, by the server's clock, and then looks again. Without it people read
// the time and press "Look again". What it says changes each second, so it is no live region: the page that comes is news.

const box = document.querySelector("[data-countdown]");
// So that hundreds who wait do not all ask in the same second.
const SPREAD_MS = 4000;

function start() {
  const ahead = Date.parse(box.dataset.now) - Date.now();
  const opens = Date.parse(box.dataset.countdown);
  const words = box.dataset;
  const spread = Math.random() * SPREAD_MS;

  const left = () => Math.max(0, Math.ceil((opens - ahead - Date.now()) / 1000));

  function show() {
    const seconds = left();
    const parts = [
      [Math.floor(seconds / 86400), words.sayDays],
      [Math.floor(seconds / 3600) % 24, words.sayHours],
      [Math.floor(seconds / 60) % 60, words.sayMinutes],
      [seconds % 60, words.saySeconds],
    ];
    const first = parts.findIndex(([number]) => number > 0);
    const shown = (first < 0 ? parts.slice(-1) : parts.slice(first, first + 2)).map(([number, word]) => `${number} ${word}`);
    box.textContent = shown.join(" ");
  }

  function again() {
    show();
    if (left() > 0) {
      setTimeout(again, 1000);
      return;
    }
    setTimeout(() => window.location.reload(), 500 + spread);
  }

  box.hidden = false;
  again();
}

if (box) start();
