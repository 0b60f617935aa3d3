// What every page may need: theme switch, copying, questions before dangerous buttons, charts.

import { drawCharts } from "./charts.js";

function switchTheme() {
  const root = document.documentElement;
  const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
  root.dataset.bsTheme = next;
  localStorage.setItem("guanxi-theme", next);
  drawCharts(document);
}

async function copy(button) {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
  button.classList.add("is-done");
  setTimeout(() => button.classList.remove("is-done"), 1500);
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-theme-switch], [data-copy]");
  if (!target) return;
  if ("themeSwitch" in target.dataset) switchTheme();
  else copy(target);
});

// <form data-confirm="Really?"> asks first.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

document.addEventListener("change", (event) => {
  const name = event.target.dataset.tickAll;
  if (name) event.target.form.querySelectorAll(`input[name="${name}"]`).forEach((box) => (box.checked = event.target.checked));
  if ("submitOnChange" in event.target.dataset) event.target.form.requestSubmit();
});

drawCharts(document);
document.addEventListener("htmx:afterSettle", (event) => drawCharts(event.target));
