// Keyboard, cursor and line numbers of the journey builder; what a card says and does comes from the server.

const root = () => document.getElementById("builder");
const cards = () => [...root().querySelectorAll("[data-card]")];
const cardOf = (id) => root().querySelector(`[data-card="${CSS.escape(id)}"]`);
const isTyping = (target) => target.closest("input, textarea, select") !== null;
let wanted = "";
const SMALLEST = 0.7;

function act(button, card, to = "") {
  const form = document.getElementById("card-act");
  form.elements.step.value = card.dataset.card;
  form.elements.to.value = to;
  document.getElementById(button).click();
}

/** The card that stands nearest in a direction, by where they are drawn. */
function neighbour(card, key) {
  const all = cards();
  if (key === "ArrowDown" || key === "ArrowUp") return all[all.indexOf(card) + (key === "ArrowDown" ? 1 : -1)];
  const here = card.getBoundingClientRect();
  const side = key === "ArrowRight" ? 1 : -1;
  const beside = all.filter((each) => (each.getBoundingClientRect().left - here.left) * side > 20);
  const far = (each) => {
    const there = each.getBoundingClientRect();
    return Math.abs(there.top - here.top) * 2 + Math.abs(there.left - here.left);
  };
  return beside.sort((one, other) => far(one) - far(other))[0];
}

function openPlus(card) {
  const plus = [...root().querySelectorAll(".jb-plus")].find((each) => card.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING);
  if (!plus) return;
  plus.open = true;
  plus.querySelector("button").focus();
}

function onCard(event, card) {
  if (event.key.startsWith("Arrow")) {
    event.preventDefault();
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      if (card.dataset.card !== "journey") act("act-move", card, event.key === "ArrowUp" ? "up" : "down");
    } else neighbour(card, event.key)?.focus();
  } else if (event.key === "Delete" && card.dataset.card !== "journey") {
    event.preventDefault();
    act("act-delete", card);
  } else if (event.key === "+" || event.key === "Insert") {
    event.preventDefault();
    openPlus(card);
  }
}

function inMenu(event, menu) {
  const choices = [...menu.querySelectorAll("button")];
  const at = choices.indexOf(document.activeElement);
  const move = { ArrowDown: 2, ArrowUp: -2, ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (move) {
    event.preventDefault();
    choices[(at + move + choices.length) % choices.length].focus();
  } else if (event.key === "Escape") {
    menu.parentElement.open = false;
    menu.parentElement.querySelector("summary").focus();
  }
}

document.addEventListener("keydown", (event) => {
  if (!root() || event.isComposing) return;
  const steers = event.ctrlKey || event.metaKey;
  if (steers && !isTyping(event.target) && ["z", "y"].includes(event.key.toLowerCase())) {
    event.preventDefault();
    document.getElementById(event.key.toLowerCase() === "y" || event.shiftKey ? "redo" : "undo").click();
    return;
  }
  const card = event.target.closest("[data-card]");
  const menu = event.target.closest(".jb-menu");
  if (card) onCard(event, card);
  else if (menu) inMenu(event, menu);
  else if (event.key === "Escape" && event.target.closest("#panel")) cardOf(root().dataset.step)?.focus();
  else if (event.key === "ArrowDown" && event.target === document.body) {
    event.preventDefault();
    cards()[0]?.focus();
  }
});

// One menu at a time.
document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.(".jb-plus") || !event.target.open) return;
  for (const each of root().querySelectorAll(".jb-plus[open]")) if (each !== event.target) each.open = false;
}, true);

function numberLines(area) {
  const gutter = area.previousElementSibling;
  const count = area.value.split("\n").length;
  while (gutter.children.length < count) gutter.append(Object.assign(document.createElement("span"), { textContent: gutter.children.length + 1 }));
  while (gutter.children.length > count) gutter.lastElementChild.remove();
  area.rows = count + 1;
}

function settle() {
  if (!root()) return;
  const area = document.getElementById("text");
  numberLines(area);
  area.addEventListener("input", () => numberLines(area));
  centre();
  const { focus, step } = root().dataset;
  if (focus === "panel") document.querySelector("#panel .field :is(input, select, textarea), #panel :is(select, input:not([type=hidden]))")?.focus();
  else if (focus === "card" && step) cardOf(step)?.focus();
  else if (focus === "canvas") (cardOf(wanted || step) ?? cards()[0])?.focus();
  else if (focus === "text" && area.dataset.line) {
    const before = area.value.split("\n").slice(0, Number(area.dataset.line) - 1).join("\n").length;
    area.focus({ preventScroll: true });
    area.setSelectionRange(before + (before ? 1 : 0), before + (before ? 1 : 0));
    const bad = area.previousElementSibling.querySelector(".is-bad");
    area.parentElement.scrollTop = bad ? bad.offsetTop - area.parentElement.offsetTop - 100 : 0;
  } else if (focus === "text") area.focus({ preventScroll: true });
}

document.addEventListener("focusin", (event) => {
  const card = event.target.closest?.("[data-card]");
  if (card) wanted = card.dataset.card;
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "builder" || event.target.contains(root())) settle();
});

/** A canvas that is wider than the page is drawn smaller, as far as one can still read it; then the chosen card, else
    the beginning, stands in its middle. */
function centre() {
  const canvas = document.getElementById("canvas");
  const rows = canvas.querySelector(".jb-rows");
  if (!rows) return;
  rows.style.zoom = 1;
  if (canvas.scrollWidth > canvas.clientWidth) rows.style.zoom = Math.max(canvas.clientWidth / canvas.scrollWidth, SMALLEST);
  const card = root().querySelector(".jb-card.is-lit") ?? cards()[0];
  if (!card || canvas.scrollWidth <= canvas.clientWidth) return;
  const there = card.getBoundingClientRect();
  canvas.scrollLeft += there.left + there.width / 2 - canvas.getBoundingClientRect().left - canvas.clientWidth / 2;
}

settle();
