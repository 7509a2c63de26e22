/* Sends on what a sign-in provider gave along, without a click. */
document.querySelector("form[data-go-on]")?.requestSubmit();
