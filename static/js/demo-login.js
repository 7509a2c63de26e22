/* On a demo: buttons that fill in one of its logins. */
for (const button of document.querySelectorAll("[data-demo-login]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const email = document.getElementById("email");
    const password = document.getElementById("password");
    if (!email || !password) return;
    email.value = button.dataset.demoLogin;
    password.value = button.dataset.demoPassword;
    password.form.querySelector("[type=submit]")?.focus();
  });
}
