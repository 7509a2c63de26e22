// What people fill in of a form, and whether a field holds something else than the page came with.

export function filledIn(field) {
  return !["hidden", "submit", "button"].includes(field.type);
}

export function changed(field) {
  if (!filledIn(field)) return false;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.tagName === "SELECT") {
    const options = [...field.options];
    const first = !options.some((option) => option.defaultSelected);
    return options.some((option, n) => option.selected !== (option.defaultSelected || (first && n === 0)));
  }
  return "defaultValue" in field && field.value !== field.defaultValue;
}
