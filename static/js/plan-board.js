// Drags a card into another column: what its button for that column does. Where there is none, it may not go there.

const board = document.querySelector("[data-plan-board]");
let dragged = null;

function way(event) {
  const column = dragged && event.target.closest?.("[data-column]");
  return column ? [column, dragged.querySelector(`[data-move="${column.dataset.column}"]`)] : [null, null];
}

function mark(column) {
  for (const one of board.querySelectorAll(".is-target")) one.classList.remove("is-target");
  column?.classList.add("is-target");
}

if (board) {
  for (const card of board.querySelectorAll("[data-card]")) card.draggable = true;
  board.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-card]") ?? null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.textContent.trim());
  });
  board.addEventListener("dragover", (event) => {
    const [column, button] = way(event);
    mark(button ? column : null);
    if (button) event.preventDefault();
  });
  board.addEventListener("dragend", () => {
    dragged = null;
    mark(null);
  });
  board.addEventListener("drop", (event) => {
    const [, button] = way(event);
    if (!button) return;
    event.preventDefault();
    button.click();
  });
}
