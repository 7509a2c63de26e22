// Buttons that put a placeholder where the cursor stands. Without them the list is there to be copied.

export function placeholders() {
  for (const button of document.querySelectorAll("[data-insert]")) {
    const field = document.querySelector(button.dataset.into);
    if (!field) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
  }
}
