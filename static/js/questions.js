// Questions with conditions: shows and hides them while the form is filled in. The server judges again by the same
// rules (questions/rules/conditions.py); without this module a button asks it.

const ORDERED = ["at_least", "at_most"];

function answerOf(fields, kind) {
  const boxes = fields.filter((field) => field.type === "checkbox");
  if (kind === "consent") return boxes[0].checked ? "yes" : null;
  if (boxes.length) {
    const ticked = boxes.filter((box) => box.checked).map((box) => box.value);
    return ticked.length ? ticked : null;
  }
  const radios = fields.filter((field) => field.type === "radio");
  if (radios.length) return radios.find((radio) => radio.checked)?.value ?? null;
  const text = fields[0]?.value.trim() || null;
  return kind === "number" && text !== null ? plainNumber(text) : text;
}

// A number as the server keeps it: "12,50" is "12.5".
function plainNumber(text) {
  const number = Number(text.replaceAll(/\s/g, "").replace("−", "-").replace(",", "."));
  return Number.isNaN(number) ? text : String(number);
}

// A file that was given before, and is not to be removed.
function keptFile(row) {
  const kept = row.querySelector(".question-file input[type=hidden]");
  return kept && !row.querySelector(".question-file input[type=checkbox]")?.checked ? kept.value : null;
}

function order(answer, value) {
  const mine = Number(String(answer).replace(",", "."));
  const other = Number(value);
  if (!Number.isNaN(mine) && !Number.isNaN(other)) return Math.sign(mine - other);
  return answer < value ? -1 : Number(answer > value);
}

function passes(test, facts, answers) {
  if (!/^q\d+$/.test(test.on)) {
    const there = (facts[test.on] ?? []).includes(test.value);
    return test.is === "is" ? there : !there;
  }
  const answer = answers.get(test.on) ?? null;
  if (!ORDERED.includes(test.is)) {
    const met = test.value === "" ? answer !== null : Array.isArray(answer) ? answer.includes(test.value) : answer === test.value;
    return test.is === "is" ? met : !met;
  }
  if (answer === null) return false;
  const found = order(answer, test.value);
  return test.is === "at_least" ? found >= 0 : found <= 0;
}

function holds(condition, facts, answers) {
  const results = condition.tests.map((test) => passes(test, facts, answers));
  return condition.all === false ? results.some(Boolean) : results.every(Boolean);
}

function plain(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map(String);
  return value !== null && typeof value === "object" ? String(value.id ?? "") : String(value);
}

function start(box) {
  const form = box.closest("form");
  const facts = JSON.parse(box.dataset.facts);
  const given = Object.entries(JSON.parse(box.dataset.answers)).map(([name, value]) => [name, plain(value)]);
  const rows = [...box.querySelectorAll("[data-question]")];

  function refresh() {
    for (const [fact, name] of [["mode", box.dataset.modeField], ["kind", box.dataset.kindField]]) {
      const chosen = form.querySelector(`input[name="${name}"]:checked, select[name="${name}"]`);
      if (chosen) facts[fact] = [chosen.value];
    }
    const answers = new Map(given);
    for (const row of rows) {
      const name = row.dataset.question;
      const condition = row.dataset.condition ? JSON.parse(row.dataset.condition) : null;
      row.hidden = condition !== null && !holds(condition, facts, answers);
      const fields = [...row.querySelectorAll(`[name="${box.dataset.prefix}${name}"]`)];
      if (row.hidden || !fields.length) continue;
      const answer = answerOf(fields, row.dataset.kind) ?? keptFile(row);
      if (answer !== null) answers.set(name, answer);
    }
  }

  form.addEventListener("input", refresh);
  form.addEventListener("change", refresh);
  refresh();
  for (const button of form.querySelectorAll("[data-further]")) button.hidden = true;
}

for (const box of document.querySelectorAll("[data-questions]")) start(box);
