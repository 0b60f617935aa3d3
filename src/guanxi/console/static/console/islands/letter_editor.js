// The editor of a letter: blocks or source on one side, the letter as a reader gets it on the other. Each change is
// kept as a draft on the server, which also says what is wrong with it.

import { OUR_WAY, audienceWords, blockBody, settingsOf } from "./letter_blocks.js";
import { button, element, iconFrom } from "./segment_parts.js";
import { insertLiquid, lastField, remember } from "./letter_text.js";

const told = JSON.parse(document.getElementById("letter-document").textContent);
const { words, kinds } = told;
const editor = document.getElementById("editor");
const sheet = document.getElementById("sheet");
const saved = document.getElementById("saved");
const look = document.getElementById("look");
const subject = document.getElementById("subject");
const preheader = document.getElementById("preheader");
const isReadOnly = "readOnly" in editor.dataset;
const SINGLE = ["greeting", "signature", "footer"];
const copy = (value) => JSON.parse(JSON.stringify(value));
const past = [];
const future = [];
const shown = { contact: "", dark: "", part: "" };
let blocks = told.blocks ?? [];
let revision = told.revision;
let timer = 0;
let saving = null;
let isDirty = false;
let settled = copy(blocks);

/* ---- keeping ---- */

/** Something was written: remember it in the undo list once the hand rests, and save. */
function touch() {
  isDirty = true;
  saved.textContent = words.unsaved;
  clearTimeout(timer);
  timer = setTimeout(save, 700);
}

function rememberPast() {
  if (JSON.stringify(settled) === JSON.stringify(blocks)) return;
  past.push(settled);
  if (past.length > 100) past.shift();
  future.length = 0;
  settled = copy(blocks);
  showTravel();
}

/** Change the blocks by `make` and draw them anew. */
function change(make, { focus } = {}) {
  const back = focus === undefined ? whereTheHandIs() : null;
  rememberPast();
  make();
  rememberPast();
  draw(focus);
  back?.();
  touch();
}

/** A way back to the control a person is at: it is drawn anew, but stays the nth of its card. */
function whereTheHandIs() {
  const card = document.activeElement?.closest?.(".block");
  if (!card) return null;
  const controls = (from) => [...from.querySelectorAll("input, select, textarea, button, [contenteditable]")];
  const [id, nth] = [card.dataset.id, controls(card).indexOf(document.activeElement)];
  return () => {
    const again = sheet.querySelector(`[data-id="${CSS.escape(id)}"]`);
    (again && (controls(again)[nth] ?? again))?.focus({ preventScroll: true });
  };
}

function travel(from, to) {
  rememberPast();
  if (!from.length) return;
  to.push(copy(blocks));
  blocks = from.pop();
  settled = copy(blocks);
  showTravel();
  draw();
  touch();
}

function showTravel() {
  document.getElementById("undo").disabled = !past.length;
  document.getElementById("redo").disabled = !future.length;
}

function content() {
  const lines = { revision, subject: subject.value, preheader: preheader.value };
  if (told.blocks === null) return { ...lines, body: document.getElementById("body").value, body_text: document.getElementById("body-text").value };
  return { ...lines, blocks };
}

async function save() {
  clearTimeout(timer);
  if (saving) {
    await saving;
    return isDirty ? save() : undefined;
  }
  if (!isDirty) return undefined;
  isDirty = false;
  if (sheet) rememberPast();
  saved.textContent = words.saving;
  saving = send();
  const isKept = await saving;
  saving = null;
  return isKept && isDirty ? save() : isKept;
}

async function send() {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
  let answer;
  try {
    answer = await fetch(told.save, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body: JSON.stringify(content()) });
  } catch {
    return refuse(words.lost);
  }
  const said = await answer.json().catch(() => ({ error: words.lost }));
  if (!answer.ok) return refuse(said.error);
  revision = said.revision;
  saved.textContent = words.saved;
  saved.classList.remove("text-bad");
  showProof(said.proof);
  showStanding(said);
  reload();
  return true;
}

function refuse(sentence) {
  saved.textContent = sentence;
  saved.classList.add("text-bad");
  return false;
}

function fill(place, html) {
  place.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
}

function showProof(html) {
  fill(document.getElementById("proof"), html);
  markWrong();
}

// A change may begin a draft or take one back; then other steps come next.
function showStanding(said) {
  const steps = document.getElementById("letter-steps");
  if (steps.dataset.state === said.state) return;
  steps.dataset.state = said.state;
  fill(steps, said.steps);
  fill(document.getElementById("letter-state"), said.standing);
}

function markWrong() {
  const wrong = [...document.querySelectorAll("#proof .is-drop[data-block]")].map((each) => Number(each.dataset.block) - 1);
  sheet?.querySelectorAll(".block").forEach((card, at) => card.classList.toggle("is-wrong", wrong.includes(at)));
}

/* ---- the sheet ---- */

const context = {
  words, kinds, pictures: told.pictures, asked: told.asked, touch, change,
  pickPlaceholder: () => document.getElementById("placeholders").showModal(),
  pickPicture,
};

function draw(focus) {
  sheet.replaceChildren(...blocks.map(card));
  for (const item of document.querySelectorAll("[data-add]")) {
    item.disabled = isReadOnly || (SINGLE.includes(item.dataset.add) && blocks.some((each) => each.type === item.dataset.add));
  }
  markWrong();
  if (focus !== undefined) focusOn(focus);
}

function card(block, at) {
  const look = [block.type === "heading" && block.size === "large" ? "is-large" : "", block.width && block.width !== "full" ? `is-${block.width}` : "", block.align === "center" ? "is-center" : ""];
  const made = element("article", { class: `block block-${block.type} ${look.join(" ")}`, tabindex: "-1", "data-id": block.id, "aria-label": `${words.block} ${at + 1}: ${kinds[block.type].title}` });
  const chip = audienceWords(block, context);
  const body = element("div", { class: "block-body" }, [chip ? element("span", { class: "block-only", ...OUR_WAY }, [iconFrom("icon-only"), chip]) : null, blockBody(block, context)].flat());
  if (isReadOnly) {
    body.inert = true;
    made.append(element("span"), body);
    return made;
  }
  const settings = settingsOf(block, context);
  if (settings.childElementCount) body.append(settings);
  made.append(element("button", { type: "button", class: "block-drag", title: words.drag, "aria-label": words.drag, tabindex: "-1" }, iconFrom("icon-drag")), tools(block, at), body);
  return made;
}

function tools(block, at) {
  const up = button(iconFrom("icon-up"), () => move(at, -1), { label: `${words.up} (Alt+↑)` });
  const down = button(iconFrom("icon-down"), () => move(at, 1), { label: `${words.down} (Alt+↓)` });
  up.disabled = at === 0;
  down.disabled = at === blocks.length - 1;
  const parts = [element("b", {}, kinds[block.type].title), up, down];
  if (!SINGLE.includes(block.type)) parts.push(button(iconFrom("icon-copy"), () => duplicate(at), { label: `${words.copy} (Alt+D)` }));
  parts.push(button(iconFrom("icon-remove"), () => remove(at), { label: `${words.remove} (Alt+Delete)` }));
  return element("div", { class: "block-tools", role: "toolbar", "aria-label": kinds[block.type].title, ...OUR_WAY }, parts);
}

const newId = () => `b${Date.now().toString(36)}${Math.floor(Math.random() * 1296).toString(36)}`;
const FRESH = {
  heading: { size: "normal" }, picture: { width: "full", align: "start", alt: "" }, button: { align: "start" },
  products: { count: 3, show_price: true, show_reason: true }, price_breaks: { currency: "USD", rows: [{ from: "", price: "", note: "" }] },
  order_status: { facts: ["number", "stage", "ship_by"] },
};

function add(type) {
  const now = current();
  const foot = blocks.findIndex((each) => each.type === "footer");
  const signature = blocks.findIndex((each) => each.type === "signature");
  const beforeEnd = signature >= 0 ? signature : foot >= 0 ? foot : blocks.length;
  const at = type === "greeting" ? 0 : type === "footer" ? blocks.length : now >= 0 ? Math.min(now + 1, foot >= 0 ? foot : blocks.length) : beforeEnd;
  change(() => blocks.splice(at, 0, { type, id: newId(), ...copy(FRESH[type] ?? {}) }), { focus: at });
}

function move(at, by) {
  const to = at + by;
  if (to < 0 || to >= blocks.length) return;
  change(() => blocks.splice(to, 0, ...blocks.splice(at, 1)), { focus: to });
  saved.textContent = `${kinds[blocks[to].type].title} ${words.moved} ${to + 1}`;
}

function duplicate(at) {
  if (SINGLE.includes(blocks[at].type)) return;
  change(() => blocks.splice(at + 1, 0, { ...copy(blocks[at]), id: newId() }), { focus: at + 1 });
}

function remove(at) {
  const title = kinds[blocks[at].type].title;
  change(() => blocks.splice(at, 1), { focus: Math.min(at, blocks.length - 1) });
  saved.textContent = `${title} ${words.removed}`;
}

function current() {
  const card = document.activeElement?.closest?.(".block") ?? lastField()?.closest(".block");
  return card ? [...sheet.children].indexOf(card) : -1;
}

function focusOn(at) {
  const made = sheet.children[at];
  (made?.querySelector(".block-body textarea, .block-body input, .block-body [contenteditable]") ?? made)?.focus({ preventScroll: false });
  made?.scrollIntoView({ block: "nearest" });
}

/* ---- the preview ---- */

/** Load the new look behind the old one and swap them, so that nothing flickers. */
function reload() {
  const query = new URLSearchParams(Object.entries(shown).filter(([, value]) => value));
  query.set("r", revision);
  const place = sheet ? current() : -1;
  const hash = place > 0 ? `#at-${blocks[place].id}` : "";
  const next = look.querySelector("iframe").cloneNode();
  next.classList.remove("is-shown");
  next.addEventListener("load", () => {
    look.querySelectorAll("iframe").forEach((frame) => frame !== next && frame.remove());
    next.classList.add("is-shown");
    look.dataset.dark = shown.dark;
  });
  look.querySelectorAll("iframe:not(.is-shown)").forEach((frame) => frame.remove());
  next.src = `${told.frame}?${query}${hash}`;
  look.append(next);
}

function press(target) {
  for (const each of target.parentElement.children) each.setAttribute("aria-pressed", String(each === target));
}

function showReader(target) {
  shown.contact = target.dataset.contact;
  document.getElementById("reader-name").textContent = target.dataset.name;
  document.querySelectorAll("[data-reader-field]").forEach((each) => (each.value = shown.contact));
  openReaders(false);
  document.body.dispatchEvent(new CustomEvent("reader-changed", { bubbles: true }));
  reload();
}

function openReaders(isOpen) {
  const list = document.getElementById("reader-list");
  list.hidden = !isOpen;
  document.getElementById("reader-button").setAttribute("aria-expanded", String(isOpen));
  if (isOpen) list.querySelector("input").focus();
}

/* ---- windows ---- */

let pictureFor = null;

function pickPicture(block) {
  pictureFor = block;
  document.getElementById("pictures").showModal();
  window.htmx.ajax("GET", told.choose, { target: "#picture-window", swap: "innerHTML" });
}

function takePicture(name, alt) {
  document.getElementById("pictures").close();
  if (!pictureFor) return;
  const block = pictureFor;
  pictureFor = null;
  change(() => Object.assign(block, { picture: name, alt: block.alt || alt }));
}

function filterPlaceholders(text) {
  const wanted = text.trim().toLowerCase();
  for (const each of document.querySelectorAll(".pick-item")) each.hidden = !each.dataset.words.toLowerCase().includes(wanted);
  for (const group of document.querySelectorAll("[data-group]")) group.hidden = !group.querySelector(".pick-item:not([hidden])");
}

/* ---- listening ---- */

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-add], [data-width], button[data-dark], [data-part], [data-pick], .pick-item, [data-close], .reader-choice, .picture-choice, [data-block], #undo, #redo, #reader-button");
  if (!target) {
    if (!event.target.closest(".reader-list")) openReaders(false);
    return;
  }
  if (target.dataset.add) add(target.dataset.add);
  else if (target.id === "undo") travel(past, future);
  else if (target.id === "redo") travel(future, past);
  else if (target.id === "reader-button") openReaders(document.getElementById("reader-list").hidden);
  else if (target.matches(".reader-choice")) showReader(target);
  else if (target.matches(".picture-choice")) takePicture(target.dataset.picture, target.dataset.alt);
  else if ("close" in target.dataset) target.closest("dialog").close();
  else if (target.matches(".pick-item")) {
    target.closest("dialog").close();
    insertLiquid(lastField(), target.dataset.liquid, target.dataset.kind);
  } else if (target.dataset.pick) {
    remember(document.getElementById(target.dataset.pick));
    context.pickPlaceholder();
  } else if (target.dataset.block) focusOn(Number(target.dataset.block) - 1);
  else if (target.closest(".switch")) {
    press(target);
    if (target.dataset.width) look.dataset.width = target.dataset.width;
    else {
      if ("dark" in target.dataset) shown.dark = target.dataset.dark;
      else shown.part = target.dataset.part;
      reload();
    }
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.getElementById("reader-list").hidden) return;
  openReaders(false);
  document.getElementById("reader-button").focus();
});

// The block one writes in is taller than the others: it must not shrink under the mouse between press and click.
document.addEventListener("mousedown", (event) => {
  if (event.target.closest(".palette, .block-tools, .sheet-head, #proof")) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (!sheet || isReadOnly || document.querySelector("dialog[open]")) return;
  const at = current();
  const isTyping = document.activeElement?.matches("input, textarea, [contenteditable]");
  const command = event.ctrlKey || event.metaKey;
  const acts = {
    ArrowUp: () => at >= 0 && move(at, -1), ArrowDown: () => at >= 0 && move(at, 1), Delete: () => at >= 0 && remove(at),
    KeyD: () => at >= 0 && duplicate(at), KeyN: () => document.querySelector(".palette-item:not(:disabled)").focus(),
  };
  if (event.altKey && !command && acts[event.code]) acts[event.code]();
  else if (command && !isTyping && event.code === "KeyZ" && !event.shiftKey) travel(past, future);
  else if (command && !isTyping && (event.code === "KeyY" || (event.code === "KeyZ" && event.shiftKey))) travel(future, past);
  else if (command && event.code === "KeyS") save();
  else return;
  event.preventDefault();
});

document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("[data-takes-placeholders]")) remember(event.target);
});

document.getElementById("placeholder-search").addEventListener("input", (event) => filterPlaceholders(event.target.value));
document.addEventListener("htmx:afterSwap", (event) => {
  const chosen = event.target.querySelector?.("[data-chosen]");
  if (chosen) takePicture(chosen.dataset.chosen, chosen.dataset.alt);
});

// What publishes, tests or submits works on what is saved.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!("afterSave" in form.dataset) || form.dataset.isReady || event.defaultPrevented || !(isDirty || saving)) return;
  event.preventDefault();
  if ((await save()) === false) return;
  if (!form.isConnected) return;
  form.dataset.isReady = "1";
  form.submit();
});

window.addEventListener("beforeunload", (event) => {
  if (isDirty || saving) event.preventDefault();
});

for (const field of [subject, preheader, document.getElementById("body"), document.getElementById("body-text")]) field?.addEventListener("input", touch);
if (sheet) {
  draw();
  if (!isReadOnly) {
    new window.Sortable(sheet, {
      handle: ".block-drag", animation: 120,
      onEnd: ({ oldIndex, newIndex }) => oldIndex !== newIndex && change(() => blocks.splice(newIndex, 0, ...blocks.splice(oldIndex, 1)), { focus: newIndex }),
    });
  }
}
