// Adds up the points while they are given, and says whether they pass. The server reckons for itself.

const form = document.querySelector("form[data-marking]");

function start() {
  const total = form.querySelector("[data-marking-total]");
  const says = form.dataset;

  function show() {
    let points = 0;
    let most = 0;
    let enough = true;
    for (const input of form.querySelectorAll("[data-points]")) {
      const given = Number(input.value);
      if (input.value === "" || !Number.isInteger(given)) {
        total.textContent = "";
        return;
      }
      points += given;
      most += Number(input.dataset.points);
      enough = enough && given >= Number(input.dataset.least);
    }
    const passes = enough && points * 100 >= Number(says.mark) * most;
    const words = says.sayTotal
      .replace("{points}", points)
      .replace("{most}", most)
      .replace("{percent}", Math.floor((points * 100) / most));
    total.textContent = `${words}: ${passes ? says.sayPasses : says.sayFails}`;
  }

  form.addEventListener("input", show);
  show();
}

if (form) start();
