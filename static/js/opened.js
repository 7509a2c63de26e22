// Tells the server, once, that a person's browser shows an invitation. Opening the page by itself writes nothing: programs
// that look through mails open every link. So this waits until the page is really looked at.

const DWELL_MS = 1500;

function tell() {
  const box = document.querySelector("[data-opened]");
  const token = box?.querySelector("input[name=csrf_token]");
  if (!box || !token) return;
  const body = new URLSearchParams({ csrf_token: token.value });
  fetch(box.dataset.opened, { method: "POST", body, keepalive: true }).catch(() => {
    // Whether it was opened is a courtesy; the buttons work without it.
  });
}

function whenSeen() {
  if (document.visibilityState !== "visible") return;
  document.removeEventListener("visibilitychange", whenSeen);
  setTimeout(tell, DWELL_MS);
}

document.addEventListener("visibilitychange", whenSeen);
whenSeen();
