// Forms with data-passkey="create" or "get": asks the browser for a passkey with data-options, puts the
// answer into the field "answer" and sends the form. Without JavaScript or passkeys they stay hidden.

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const withBytes = (list) => (list ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));

async function create(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: withBytes(options.excludeCredentials),
    },
  });
  return {
    id: made.id,
    rawId: toText(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: toText(made.response.clientDataJSON),
      attestationObject: toText(made.response.attestationObject),
      transports: made.response.getTransports?.() ?? [],
    },
  };
}

async function get(options) {
  const found = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      allowCredentials: withBytes(options.allowCredentials),
    },
  });
  return {
    id: found.id,
    rawId: toText(found.rawId),
    type: found.type,
    response: {
      clientDataJSON: toText(found.response.clientDataJSON),
      authenticatorData: toText(found.response.authenticatorData),
      signature: toText(found.response.signature),
      userHandle: found.response.userHandle ? toText(found.response.userHandle) : null,
    },
  };
}

const asks = { create, get };

function start(form) {
  const answer = form.elements.namedItem("answer");
  const error = form.querySelector("[data-passkey-error]");
  form.hidden = false;
  form.addEventListener(
    "submit",
    async (event) => {
      if (answer.value) return;
      // Before submit-once hears of it: nothing has been sent yet.
      event.preventDefault();
      event.stopImmediatePropagation();
      error.hidden = true;
      try {
        answer.value = JSON.stringify(await asks[form.dataset.passkey](JSON.parse(form.dataset.options)));
        form.requestSubmit();
      } catch {
        answer.value = "";
        error.hidden = false;
      }
    },
    { capture: true },
  );
}

if (window.PublicKeyCredential && navigator.credentials) {
  for (const form of document.querySelectorAll("form[data-passkey]")) start(form);
}
