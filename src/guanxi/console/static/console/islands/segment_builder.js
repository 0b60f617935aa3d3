// The builder of a segment's rule: cards that write the JSON beside them, with undo. The server judges and counts.

import { conditionCard, freshCondition } from "./segment_condition.js";
import { button, element, iconFrom } from "./segment_parts.js";

const vocabulary = JSON.parse(document.getElementById("vocabulary").textContent);
const words = vocabulary.words;
const form = document.getElementById("builder");
const cards = document.getElementById("cards");
const text = document.getElementById("rule");
const hint = document.getElementById("json-hint");
const KINDS = ["all", "any", "none"];
const past = [];
const future = [];
const kindOf = (node) => KINDS.find((kind) => Array.isArray(node?.[kind]));
const copy = (value) => JSON.parse(JSON.stringify(value));
let rule = read(text.value) ?? { version: 1, level: "customer", where: { all: [] } };

function read(source) {
  try {
    const found = JSON.parse(source);
    if (!found || typeof found !== "object" || !found.where) return null;
    if (!kindOf(found.where)) found.where = { all: [found.where] };
    return found;
  } catch {
    return null;
  }
}

/** Change the rule by `make`, remember how it was, and draw unless the change came from typing in a card. */
function change(make, { draw = true, focus = "" } = {}) {
  past.push(copy(rule));
  if (past.length > 100) past.shift();
  future.length = 0;
  make();
  settle({ draw, focus });
}

function settle({ draw = true, focus = "" } = {}) {
  text.value = JSON.stringify(rule, null, 2);
  hint.textContent = "";
  if (draw) drawAll();
  document.getElementById("undo").disabled = !past.length;
  document.getElementById("redo").disabled = !future.length;
  if (focus) cards.querySelector(`[data-place="${CSS.escape(focus)}"] select, [data-place="${CSS.escape(focus)}"] button`)?.focus();
  form.dispatchEvent(new CustomEvent("rule-changed", { bubbles: true }));
}

function travel(from, to) {
  if (!from.length) return;
  to.push(copy(rule));
  rule = from.pop();
  settle();
}

function drawAll() {
  for (const each of document.querySelectorAll("#levels button")) {
    each.setAttribute("aria-pressed", String(each.dataset.level === rule.level));
  }
  cards.replaceChildren(groupCard(rule.where, "where", null));
}

/** A group: what joins its conditions, the conditions, and the ways to add more. `drop` takes it out of its parent. */
function groupCard(group, place, drop) {
  const kind = kindOf(group);
  const nodes = group[kind];
  const head = element("div", { class: "group-head" });
  const joiner = element("div", { class: "switch", role: "group", "aria-label": words.matching });
  for (const each of KINDS) {
    const choice = button(words[each], () => change(() => become(group, each), { focus: place }));
    choice.setAttribute("aria-pressed", String(each === kind));
    joiner.append(choice);
  }
  head.append(joiner);
  if (drop) head.append(button(iconFrom("icon-remove"), drop, { class: "btn btn-sm btn-icon btn-ghost", label: words.remove_group, "data-remove": true }));
  const list = element("div", { class: "group-nodes" });
  nodes.forEach((node, number) => {
    const inner = `${place}.${kind}[${number}]`;
    const remove = () => change(() => nodes.splice(number, 1), { focus: nodes.length > 1 ? `${place}.${kind}[${Math.max(0, number - 1)}]` : place });
    if (kindOf(node)) return list.append(groupCard(node, inner, remove));
    list.append(
      conditionCard(node, {
        vocabulary,
        level: rule.level,
        place: inner,
        remove,
        replace: (made) => change(() => nodes.splice(number, 1, made), { focus: inner }),
        edit: (make) => change(make, { draw: false }),
        redraw: (make) => change(make, { focus: inner }),
      }),
    );
  });
  const foot = element("div", { class: "group-foot" });
  foot.append(
    button([iconFrom("icon-plus"), words.condition], () => addCondition(group, place), { class: "btn btn-sm", "data-add": "condition" }),
    button([iconFrom("icon-group"), words.group], () => addGroup(group, place), { class: "btn btn-sm btn-ghost", "data-add": "group" }),
  );
  return element("div", { class: `group is-${kind}`, "data-place": place, "data-group": "" }, [head, list, foot]);
}

function become(group, kind) {
  const nodes = group[kindOf(group)];
  for (const each of KINDS) delete group[each];
  group[kind] = nodes;
}

function addCondition(group, place) {
  const kind = kindOf(group);
  change(() => group[kind].push(freshCondition()), { focus: `${place}.${kind}[${group[kind].length}]` });
}

function addGroup(group, place) {
  const kind = kindOf(group);
  const inner = kind === "any" ? "all" : "any";
  change(() => group[kind].push({ [inner]: [freshCondition()] }), { focus: `${place}.${kind}[${group[kind].length}].${inner}[0]` });
}

/** The group around the focus, else the outermost; the keys act on it. */
function nearestGroup() {
  const found = document.activeElement?.closest?.("[data-group]") ?? cards.querySelector("[data-group]");
  return found;
}

document.addEventListener("keydown", (event) => {
  const isText = event.target.matches?.("textarea, input:not([type=checkbox])");
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && !isText && (key === "z" || key === "y")) {
    event.preventDefault();
    if (key === "y" || event.shiftKey) travel(future, past);
    else travel(past, future);
  } else if (event.altKey && (event.code === "KeyN" || event.code === "KeyG")) {
    event.preventDefault();
    const kind = event.code === "KeyN" ? "condition" : "group";
    nearestGroup()?.querySelector(`:scope > .group-foot [data-add="${kind}"]`)?.click();
  } else if (event.altKey && event.key === "Delete") {
    event.preventDefault();
    document.activeElement?.closest?.("[data-place]")?.querySelector("[data-remove]")?.click();
  }
});

document.getElementById("undo").addEventListener("click", () => travel(past, future));
document.getElementById("redo").addEventListener("click", () => travel(future, past));
document.getElementById("levels").addEventListener("click", (event) => {
  const level = event.target.closest("button")?.dataset.level;
  if (level && level !== rule.level) change(() => (rule.level = level));
});

text.addEventListener("input", () => {
  let reason = "";
  try {
    JSON.parse(text.value);
  } catch (error) {
    reason = error.message;
  }
  const found = read(text.value);
  if (!found) {
    hint.textContent = words.no_json.replace("%(reason)s", reason || "where");
    return;
  }
  hint.textContent = "";
  past.push(copy(rule));
  rule = found;
  drawAll();
  form.dispatchEvent(new CustomEvent("rule-changed", { bubbles: true }));
});

// The card whose condition is not complete yet.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "preview") return;
  for (const each of cards.querySelectorAll(".is-open")) each.classList.remove("is-open");
  const place = event.target.querySelector("[data-mistake]")?.dataset.mistake;
  if (!place) return;
  const touched = [...cards.querySelectorAll(".condition")].find((each) => place.startsWith(each.dataset.place));
  touched?.classList.add("is-open");
});

drawAll();
if (rule.where[kindOf(rule.where)].length) window.addEventListener("load", () => form.dispatchEvent(new CustomEvent("rule-changed", { bubbles: true })));
