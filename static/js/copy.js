// data-copy="#id": copies the text or value of that element.

export function copyButtons() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy]")) {
    const source = document.querySelector(button.dataset.copy);
    if (!source) continue;
    const before = button.innerHTML;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
      } catch {
        return;
      }
      button.textContent = document.body.dataset.sayCopied;
      setTimeout(() => {
        button.innerHTML = before;
      }, 2000);
    });
  }
}
