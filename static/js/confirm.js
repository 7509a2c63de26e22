// Asks before an act: data-confirm="question" on a form or on its button, data-confirm-yes for the word
// on the button. Without JavaScript the act happens at once, so it must be one that can be undone, or
// one that has its own page to confirm.

function ask(question, yes, danger) {
  const say = document.body.dataset;
  const dialog = document.createElement("dialog");
  dialog.className = "confirm";
  const text = document.createElement("p");
  text.id = "confirm-question";
  text.textContent = question;
  dialog.setAttribute("aria-labelledby", text.id);
  const actions = document.createElement("form");
  actions.method = "dialog";
  actions.className = "form-actions";
  for (const [value, label, look] of [
    ["", say.sayCancel, "btn"],
    ["yes", yes || say.sayConfirm, danger ? "btn btn-danger" : "btn btn-primary"],
  ]) {
    const button = document.createElement("button");
    button.value = value;
    button.className = look;
    button.textContent = label;
    actions.append(button);
  }
  dialog.append(text, actions);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
  });
}

export function confirmations() {
  if (!("HTMLDialogElement" in window)) return;
  const confirmed = new WeakSet();

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const button = event.submitter;
    const source = button?.dataset.confirm ? button : form;
    if (event.defaultPrevented || !source.dataset.confirm) return;
    if (confirmed.delete(form)) return;
    event.preventDefault();
    if (await ask(source.dataset.confirm, source.dataset.confirmYes, button?.matches(".btn-danger"))) {
      confirmed.add(form);
      form.requestSubmit(button);
    }
  });
}
