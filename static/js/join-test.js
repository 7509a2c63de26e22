// The page to try things out: what this browser can do, whether its clock is right, and a tone. Nothing is told to anybody.

const list = document.querySelector("[data-join-test]");
const sound = document.querySelector("[data-sound]");
const TONE_HZ = 440;
const TONE_S = 0.8;
// Nobody misses a session by less.
const WRONG_MS = 90 * 1000;

function say(name, text) {
  list.querySelector(`[data-test="${name}"]`).textContent = text;
}

async function look() {
  const yes = list.dataset.sayYes;
  const no = list.dataset.sayNo;
  say("rtc", "RTCPeerConnection" in window && "mediaDevices" in navigator ? yes : no);
  say("online", navigator.onLine ? yes : no);
  list.hidden = false;
  // What the server's clock says stands in the head of every answer.
  const answer = await fetch(window.location.href, { method: "HEAD", cache: "no-store" }).catch(() => null);
  const wrong = Date.now() - Date.parse(answer?.headers.get("Date"));
  if (Number.isNaN(wrong)) say("online", no);
  else say("clock", Math.abs(wrong) < WRONG_MS ? yes : `${list.dataset.sayClock} ${Math.round(wrong / 60000)}`);
}

function play() {
  const said = sound.querySelector("[data-said]");
  const Context = window.AudioContext ?? window.webkitAudioContext;
  if (!Context) {
    said.textContent = said.dataset.sayNone;
    return;
  }
  const context = new Context();
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = TONE_HZ;
  volume.gain.setValueAtTime(0.2, context.currentTime);
  volume.gain.linearRampToValueAtTime(0, context.currentTime + TONE_S);
  tone.connect(volume).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + TONE_S);
  tone.addEventListener("ended", () => context.close());
  said.textContent = said.dataset.sayHeard;
}

if (list) look();
if (sound) {
  sound.hidden = false;
  sound.querySelector("[data-play]").addEventListener("click", play);
}
