// An attempt at an assessment: keeps each answer as it is given, shows the time that is left by the server's clock, and
// hands in when it is over. Without it people press Save and read until when the time runs; the server holds the limit.

const form = document.querySelector("form[data-attempt]");
const AGAIN_MS = 5000;
const SOON_SECONDS = 60;

function start() {
  const says = form.dataset;
  const state = document.querySelector("[data-attempt-state]");
  const version = form.querySelector('[name="version"]');
  let saving = false;
  let changed = false;
  let over = false;

  const say = (text) => {
    if (state.textContent !== text) state.textContent = text;
  };

  async function save() {
    if (saving || over) return;
    saving = true;
    changed = false;
    say(says.saySaving);
    const body = new FormData(form);
    // The one-time key is for handing in; saving again and again is meant.
    body.delete("once_key");
    let again = false;
    try {
      const answer = await fetch(says.attempt, { method: "POST", body, headers: { Accept: "application/json" } });
      const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
      if (answer.ok) {
        version.value = told.version;
        say(says.saySaved);
      } else {
        say(told.message || says.sayLost);
      }
    } catch {
      say(says.sayLost);
      again = true;
    }
    saving = false;
    if (again) {
      changed = true;
      setTimeout(save, AGAIN_MS);
    } else if (changed) save();
  }

  form.addEventListener("change", () => {
    changed = true;
    save();
  });

  if (says.due) countDown();
  say(says.sayKept);

  function countDown() {
    const box = document.querySelector("[data-attempt-time]");
    const ahead = Date.parse(says.now) - Date.now();
    const due = Date.parse(says.due);

    function tick() {
      const seconds = Math.max(0, Math.ceil((due - ahead - Date.now()) / 1000));
      const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      box.textContent = says.sayLeft.replace("{time}", text);
      box.classList.toggle("is-soon", seconds <= SOON_SECONDS);
      if (seconds > 0) {
        setTimeout(tick, 1000);
        return;
      }
      over = true;
      const button = form.querySelector('[name="hand_in"]');
      button.value = "anyway";
      button.click();
    }

    box.hidden = false;
    tick();
  }
}

if (form) start();
