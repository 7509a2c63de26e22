// Sends a recording with a bar that shows how far it is. Without it the browser sends the form by itself. What is too large
// is said before hundreds of megabytes have travelled; the server has the last word.

const form = document.querySelector("form[data-recording]");

function start() {
  const says = form.dataset;
  const file = form.querySelector('input[type="file"]');
  const box = document.querySelector("[data-recording-progress]");
  const bar = box.querySelector("progress");
  const state = box.querySelector("[data-recording-state]");
  let sending = false;

  function say(text) {
    box.hidden = false;
    if (state.textContent !== text) state.textContent = text;
  }

  file.addEventListener("change", () => {
    const [chosen] = file.files;
    file.setCustomValidity("");
    box.hidden = true;
    if (chosen && chosen.size > Number(says.most)) {
      bar.hidden = true;
      say(says.sayLarge);
    }
  });

  window.addEventListener("beforeunload", (event) => {
    if (sending) event.preventDefault();
  });

  // Before the guard against a second click, which would take the form as sent.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [chosen] = file.files;
    if (sending || (chosen && chosen.size > Number(says.most))) return;
    if (!chosen) {
      form.submit();
      return;
    }
    sending = true;
    bar.hidden = false;
    const request = new XMLHttpRequest();
    request.open("POST", window.location.href);
    request.setRequestHeader("X-By-Script", "yes");
    request.upload.addEventListener("progress", (now) => {
      const percent = now.total ? Math.floor((100 * now.loaded) / now.total) : 0;
      bar.value = percent;
      say(percent < 100 ? says.saySent.replace("{percent}", percent) : says.sayKept);
    });
    request.addEventListener("load", () => {
      sending = false;
      if (request.status === 200 && request.getResponseHeader("Content-Type")?.includes("json")) {
        const next = new URL(JSON.parse(request.responseText).location, window.location.href);
        if (next.origin === window.location.origin) window.location.assign(next);
        return;
      }
      // The page that the server made, with what is to be mended.
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const told = page.querySelector(".error-summary") || page.querySelector("main p");
      bar.hidden = true;
      say(told ? told.textContent.trim().replace(/\s+/g, " ") : says.sayLost);
    });
    request.addEventListener("error", () => {
      sending = false;
      bar.hidden = true;
      say(says.sayLost);
    });
    request.send(new FormData(form));
    say(says.saySent.replace("{percent}", 0));
  });
}

if (form) start();
