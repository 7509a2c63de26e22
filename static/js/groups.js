// Drags people onto a group: the form is filled in and sent as its select and button would do it. Somebody who is
// ticked takes all others who are ticked along.

const board = document.querySelector("[data-board]");
const select = board?.querySelector('select[name="group"]');
let dragged = null;

function box(person) {
  return person.querySelector('input[name="ids"]');
}

function target(event) {
  return dragged ? event.target.closest?.("[data-group]") : null;
}

function mark(group) {
  for (const one of document.querySelectorAll(".is-target")) one.classList.remove("is-target");
  group?.classList.add("is-target");
}

function start() {
  const enable = () => {
    for (const person of board.querySelectorAll("[data-person]")) person.draggable = true;
  };
  enable();
  document.addEventListener("listing:swapped", enable);
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-person]") ?? null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.textContent.trim());
  });
  document.addEventListener("dragover", (event) => {
    const group = target(event);
    mark(group);
    if (group) event.preventDefault();
  });
  document.addEventListener("dragend", () => {
    dragged = null;
    mark(null);
  });
  document.addEventListener("drop", (event) => {
    const group = target(event);
    if (!group) return;
    event.preventDefault();
    if (!box(dragged).checked) {
      for (const other of board.querySelectorAll('input[name="ids"]')) other.checked = false;
      box(dragged).checked = true;
    }
    select.value = group.dataset.group;
    board.requestSubmit(board.querySelector("[data-move]"));
  });
}

if (select) start();
