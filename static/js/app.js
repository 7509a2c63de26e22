// Starts the small modules. Each does one job, looks for its own attributes and stays silent without
// them. One that fails must not stop the others: the page works without any of them.
import { addresses } from "./addresses.js";
import { autofocus } from "./autofocus.js";
import { bulk } from "./bulk.js";
import { cellLabels } from "./cell-labels.js";
import { confirmations } from "./confirm.js";
import { copyButtons } from "./copy.js";
import { listing } from "./listing.js";
import { passwordToggles } from "./password.js";
import { placeholders } from "./placeholders.js";
import { popups } from "./popups.js";
import { printButtons } from "./print.js";
import { progress } from "./progress.js";
import { submitOnce } from "./submit-once.js";
import { tabs } from "./tabs.js";
import { themeToggle } from "./theme-toggle.js";
import { timeZone } from "./time-zone.js";

// Confirmation comes before submit-once: a form that waits for an answer is not yet sent.
const parts = [
  autofocus,
  themeToggle,
  timeZone,
  tabs,
  placeholders,
  popups,
  passwordToggles,
  copyButtons,
  printButtons,
  cellLabels,
  addresses,
  bulk,
  listing,
  progress,
  confirmations,
  submitOnce,
];

for (const start of parts) {
  try {
    start();
  } catch (error) {
    console.warn(`${start.name} did not start`, error);
  }
}
