// Counts down what is left of the part of the agenda that is under way, by the server's clock. Without it people read the
// minutes as of the last load.
const ahead = Date.parse(document.querySelector("[data-live-root]").dataset.now) - Date.now();
const SOON_SECONDS = 300;

function show() {
  for (const box of document.querySelectorAll("[data-timer]")) {
    const ends = Date.parse(box.dataset.timer) + Number(box.dataset.timerMinutes) * 60000;
    const seconds = Math.ceil((ends - ahead - Date.now()) / 1000);
    const rest = Math.abs(seconds);
    const text = `${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, "0")}`;
    const time = box.querySelector("[data-timer-time]");
    if (time.textContent !== text) time.textContent = text;
    const word = seconds > 0 ? box.dataset.sayLeft : box.dataset.sayOver;
    const place = box.querySelector("[data-timer-word]");
    if (place.textContent !== word) place.textContent = word;
    box.classList.toggle("is-soon", seconds > 0 && seconds <= SOON_SECONDS);
    box.classList.toggle("is-over", seconds <= 0);
  }
}

show();
setInterval(show, 1000);
document.addEventListener("live:exchanged", show);
