// Cards on a narrow screen name each cell: fills data-label from the column's heading where a row
// does not bring it. A heading for screen readers only ("Actions") is left out.

export function cellLabels() {
  for (const table of document.querySelectorAll(".table-cards table")) {
    const heads = [...table.tHead.rows[0].cells].map((cell) =>
      cell.firstElementChild?.matches(".visually-hidden") ? "" : cell.textContent.trim(),
    );
    for (const row of table.tBodies[0].rows) {
      for (const cell of row.cells) {
        const plain = cell.tagName === "TD" && !cell.matches(".select, .actions, [colspan]");
        const head = heads[cell.cellIndex];
        if (plain && head && cell.textContent.trim() && !("label" in cell.dataset)) cell.dataset.label = head;
      }
    }
  }
}
