// Addresses in tables break after the @ and before dots first, where there is no room for them.

export function addresses() {
  for (const element of document.querySelectorAll(".data .sub")) {
    const text = element.textContent.trim();
    if (element.childElementCount || !/^[^\s@]+@[^\s@]+$/.test(text)) continue;
    const parts = text.split(/(?<=@)|(?=\.)/);
    element.replaceChildren(...parts.flatMap((part) => [document.createElement("wbr"), part]).slice(1));
  }
}
