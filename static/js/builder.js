// The builder of forms: shows only what belongs to the kind of question, and lets questions be dragged. Everything works
// without it: all fields are there, and buttons move questions.

function kinds(form) {
  const select = form.querySelector("[name=kind]");
  function refresh() {
    for (const part of form.querySelectorAll("[data-for-kinds]")) part.hidden = !part.dataset.forKinds.split(" ").includes(select.value);
    for (const part of form.querySelectorAll("[data-not-for-kinds]")) part.hidden = part.dataset.notForKinds.split(" ").includes(select.value);
    const from = form.querySelector("[name=required][value=from]");
    const moment = form.querySelector("#required_from")?.closest(".field");
    if (moment) moment.hidden = !from.checked;
    for (const row of form.querySelectorAll("[data-test]")) {
      const what = row.querySelector("select").value;
      row.querySelector("input").closest(".field").hidden = what === "" || what.includes("=");
    }
  }
  form.addEventListener("change", refresh);
  refresh();
}

// The form of the row's own buttons goes to where the row was dropped.
function send(row, list) {
  const form = row.querySelector("form");
  const to = [...list.querySelectorAll("[data-drag]")].indexOf(row);
  for (const [name, value] of Object.entries({ to, section: list.dataset.drop })) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    form.append(input);
  }
  form.requestSubmit();
}

function drags() {
  let dragged = null;
  for (const row of document.querySelectorAll("[data-drag]")) {
    row.draggable = true;
    row.addEventListener("dragstart", (event) => {
      dragged = row;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", "");
      row.classList.add("is-dragged");
    });
    row.addEventListener("dragend", () => {
      row.classList.remove("is-dragged");
      dragged = null;
    });
  }
  for (const list of document.querySelectorAll("[data-drop]")) {
    list.addEventListener("dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      const after = [...list.querySelectorAll("[data-drag]")].find((row) => {
        const { top, height } = row.getBoundingClientRect();
        return row !== dragged && event.clientY < top + height / 2;
      });
      list.insertBefore(dragged, after ?? null);
    });
    list.addEventListener("drop", (event) => {
      event.preventDefault();
      if (dragged) send(dragged, list);
    });
  }
}

// Shows the question as it is being built, as the server would ask it.
function looks(form) {
  const button = form.querySelector("[data-look]");
  let waiting = null;
  let last = 0;
  async function look() {
    const mine = ++last;
    const body = new FormData(form);
    body.set("look", "1");
    body.delete("once_key");
    try {
      const answer = await fetch(window.location.href, { method: "POST", body });
      if (!answer.ok || mine !== last) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      document.querySelector("[data-looked]").replaceWith(page.querySelector("[data-looked]"));
    } catch {
      // The network is gone, or another page comes: the button does it.
      button.hidden = false;
    }
  }
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 400);
  });
  button.hidden = true;
}

const form = document.querySelector("[data-question-form]");
if (form) {
  kinds(form);
  looks(form);
}
drags();
