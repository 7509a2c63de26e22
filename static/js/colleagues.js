// The registration form of a company: find a colleague in the list, and add rows without asking the server.
const form = document.querySelector("[data-colleagues]");

function narrow(input) {
  const rows = form.querySelectorAll(".colleague");
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  input.hidden = rows.length < 8;
  const find = () => {
    const asked = fold(input.value.trim());
    for (const row of rows) row.hidden = asked !== "" && !fold(row.dataset.text).includes(asked);
  };
  input.addEventListener("input", find);
  find();
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}

function addRow(button) {
  button.addEventListener("click", (event) => {
    const list = form.querySelector("[data-rows]");
    const rows = list.querySelectorAll("[data-row]");
    if (rows.length >= 200) return;
    event.preventDefault();
    const copy = rows[rows.length - 1].cloneNode(true);
    const number = rows.length;
    for (const element of copy.querySelectorAll("[id], [name], [for]")) {
      for (const name of ["id", "name", "for"]) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replace(/people-\d+-/, `people-${number}-`));
      }
      if (element.tagName === "INPUT") {
        element.value = "";
        element.removeAttribute("aria-invalid");
        element.removeAttribute("aria-describedby");
      }
    }
    for (const message of copy.querySelectorAll(".field-error")) message.parentElement.remove();
    for (const field of copy.querySelectorAll(".has-error")) field.classList.remove("has-error");
    const legend = copy.querySelector("legend");
    legend.textContent = legend.textContent.replace(/\d+/, String(number + 1));
    list.append(copy);
    copy.querySelector("input").focus();
  });
}

if (form) {
  const search = form.querySelector("[data-narrow]");
  if (search) narrow(search);
  addRow(form.querySelector("[data-add-row]"));
}
