// One condition of a rule as a card: what, how, which value; its parts follow from what is asked.

import { button, chips, choice, element, iconFrom, input, numberInput, pills } from "./segment_parts.js";

export const freshCondition = () => ({ field: "" });
const DAYS = new Set(["in_last_days", "more_than_days_ago", "in_next_days", "anniversary_in_days"]);
const FEW = 9;

export function conditionCard(node, desk) {
  const { vocabulary, place, remove } = desk;
  const row = element("div", { class: "condition-row" });
  row.append(choice(whatGroups(vocabulary), whatOf(node), (what) => desk.replace(begun(what, vocabulary)), vocabulary.words.what));
  row.append(...parts(node, desk));
  const away = button(iconFrom("icon-remove"), remove, { class: "btn btn-sm btn-icon btn-ghost condition-away", label: vocabulary.words.remove, "data-remove": true });
  return element("div", { class: "condition", "data-place": place }, [row, away]);
}

// What is asked: a field by its name, or one of the other kinds by `kind:…`.

function whatOf(node) {
  if ("event" in node) return "kind:event";
  if ("orders" in node) return `kind:orders_${node.orders}`;
  if ("standing" in node) return `kind:standing:${node.standing}`;
  if ("segment" in node) return "kind:segment";
  return node.field?.startsWith("custom.") ? "kind:custom" : (node.field ?? "");
}

function whatGroups({ words, fields, groups, schemes, segments }) {
  const behaviour = [["kind:event", words.event], ["kind:orders_count", words.orders_count], ["kind:orders_sum", words.orders_sum]];
  if (segments.length) behaviour.push(["kind:segment", words.segment]);
  const standings = schemes.map(({ name, title }) => [`kind:standing:${name}`, title]);
  const rest = groups.map(([group, title]) => {
    const own = fields.filter((each) => each.group === group).map(({ name, title: shown }) => [name, shown]);
    return [title, group === "other" ? [["kind:custom", words.imported]] : own];
  });
  return [["", [["", words.choose]]], [words.behaviour, behaviour], ...rest.slice(0, 5), [words.standing, standings], ...rest.slice(5)].filter(([, own]) => own.length);
}

function begun(what, { fields, operators, segments }) {
  if (what === "kind:event") return { event: "email.opened", op: "at_least", value: 1, window: { last_days: 30 } };
  if (what === "kind:orders_count") return { orders: "count", op: "at_least", value: 1, window: { last_days: 365 } };
  if (what === "kind:orders_sum") return { orders: "sum", op: "at_least", value: 1000, window: { last_days: 365 } };
  if (what === "kind:segment") return { segment: segments[0][0], op: "in" };
  if (what === "kind:custom") return { field: "custom.", op: "is" };
  if (what.startsWith("kind:standing:")) return { standing: what.slice("kind:standing:".length), op: "any_of", value: [] };
  const field = fields.find((each) => each.name === what);
  return field ? { field: what, op: operators[field.kind][0][0] } : freshCondition();
}

function parts(node, desk) {
  if ("event" in node) return eventParts(node, desk);
  if ("orders" in node) return orderParts(node, desk);
  if ("standing" in node) return standingParts(node, desk);
  if ("segment" in node) return memberParts(node, desk);
  return node.field ? fieldParts(node, desk) : [];
}

function operator(options, node, desk) {
  return choice([["", options]], node.op, (op) => desk.redraw(() => switchOperator(node, op, desk)), desk.vocabulary.words.operator);
}

function switchOperator(node, op, { vocabulary }) {
  const isList = (each) => each === "any_of" || each === "none_of";
  const keeps = (isList(op) && isList(node.op)) || (["at_least", "at_most"].includes(op) && ["at_least", "at_most"].includes(node.op)) || (DAYS.has(op) && DAYS.has(node.op));
  node.op = op;
  if (!keeps || vocabulary.without_value.includes(op)) delete node.value;
  if ("standing" in node && isList(op)) node.value ??= [];
  if ("standing" in node && op !== "any_of") delete node.for_days;
}

const say = (words) => element("span", { class: "condition-word" }, words);

// Fields

function fieldParts(node, desk) {
  const { vocabulary } = desk;
  const isCustom = node.field.startsWith("custom.");
  const field = isCustom ? { name: node.field, kind: "attribute" } : vocabulary.fields.find((each) => each.name === node.field);
  if (!field) return [say(node.field)];
  const name = isCustom ? [input("text", node.field.slice(7), (text) => desk.edit(() => (node.field = `custom.${text}`)), { "aria-label": vocabulary.words.column, placeholder: vocabulary.words.column })] : [];
  return [...name, operator(vocabulary.operators[field.kind], node, desk), ...valueParts(field, node, desk)];
}

function valueParts(field, node, desk) {
  const { words, without_value, currency } = desk.vocabulary;
  if (without_value.includes(node.op)) return [];
  const set = (value) => desk.edit(() => (value === null || value === "" ? delete node.value : (node.value = value)));
  const unit = field.kind === "money" ? [say(currency)] : [];
  if (node.op === "any_of" || node.op === "none_of") return [listValue(field.choices, field.suggestions ?? [], node, desk)];
  if (DAYS.has(node.op)) return [numberInput(node.value, set, { min: 0, step: 1, "aria-label": words.days, class: "form-control is-short" }), say(words.days)];
  if (node.op === "between") {
    const [low, high] = node.value ?? [null, null];
    const pair = [low, high];
    const tell = (at) => (value) => ((pair[at] = value), set([...pair]));
    return [numberInput(low, tell(0), { "aria-label": words.value, class: "form-control is-short" }), say(words.and), numberInput(high, tell(1), { "aria-label": words.value, class: "form-control is-short" }), ...unit];
  }
  if (node.op === "at_least" || node.op === "at_most") return [numberInput(node.value, set, { "aria-label": words.value, class: "form-control is-short" }), ...unit];
  if (node.op === "on_or_after" || node.op === "on_or_before") return [input("date", node.value, set, { "aria-label": words.value, class: "form-control is-date" })];
  return [input("text", node.value, set, { "aria-label": words.value, placeholder: words.value })];
}

function listValue(choices, suggestions, node, desk) {
  const { words } = desk.vocabulary;
  const set = (values) => desk.edit(() => (node.value = values));
  const options = choices ?? suggestions;
  if (choices || (options.length && options.length <= FEW && (node.value ?? []).every((each) => options.some(([value]) => value === each)))) {
    return pills(options, node.value ?? [], set, words.value);
  }
  return chips(options, node.value ?? [], set, words.value, words.add_value);
}

// Standings and segments

function standingParts(node, desk) {
  const { vocabulary } = desk;
  const scheme = vocabulary.schemes.find((each) => each.name === node.standing);
  const made = [operator(vocabulary.standing_operators, node, desk)];
  if (node.op === "any_of" || node.op === "none_of") made.push(pills(scheme?.tiers ?? [], node.value ?? [], (values) => desk.edit(() => (node.value = values)), vocabulary.words.value));
  if (node.op === "any_of") {
    const set = (days) => desk.edit(() => (days ? (node.for_days = days) : delete node.for_days));
    made.push(say(vocabulary.words.for_days), numberInput(node.for_days, set, { min: 0, step: 1, "aria-label": vocabulary.words.for_days, class: "form-control is-short" }), say(vocabulary.words.days));
  }
  return made;
}

function memberParts(node, desk) {
  const { vocabulary } = desk;
  return [operator(vocabulary.member_operators, node, desk), choice([["", vocabulary.segments]], node.segment, (key) => desk.edit(() => (node.segment = key)), vocabulary.words.segment)];
}

// Events and orders

function eventParts(node, desk) {
  const { vocabulary } = desk;
  const { words } = vocabulary;
  const known = vocabulary.events.some(([name]) => name === node.event) ? vocabulary.events : [[node.event, node.event], ...vocabulary.events];
  return [
    choice([["", known]], node.event, (name) => desk.edit(() => (node.event = name)), words.event),
    ...countParts(vocabulary.counts, node, desk, words.times),
    ...windowParts(node, desk),
    filterParts(vocabulary.event_properties, node, desk),
  ];
}

function orderParts(node, desk) {
  const { vocabulary } = desk;
  const isSum = node.orders === "sum";
  return [...countParts(isSum ? vocabulary.sums : vocabulary.counts, node, desk, isSum ? vocabulary.currency : ""), ...windowParts(node, desk), filterParts(vocabulary.order_properties, node, desk)];
}

function countParts(options, node, desk, unit) {
  const made = [operator(options, node, desk)];
  if (node.op !== "never") {
    made.push(numberInput(node.value ?? null, (value) => desk.edit(() => (value === null ? delete node.value : (node.value = value))), { min: 0, "aria-label": desk.vocabulary.words.value, class: "form-control is-short" }));
    if (unit) made.push(say(unit));
  }
  return made;
}

function windowParts(node, desk) {
  const { words } = desk.vocabulary;
  const window = node.window;
  const kind = !window ? "ever" : "last_days" in window ? "last_days" : "days_ago" in window ? "days_ago" : "from_to";
  const begin = { ever: null, last_days: { last_days: 30 }, days_ago: { days_ago: [3, 30] }, from_to: { from: new Date().toISOString().slice(0, 10) } };
  const pick = choice([["", ["ever", "last_days", "days_ago", "from_to"].map((each) => [each, words[each]])]], kind, (chosen) => desk.redraw(() => (begin[chosen] ? (node.window = begin[chosen]) : delete node.window)), words.when);
  const whole = { min: 0, step: 1, class: "form-control is-short", "aria-label": words.days };
  if (kind === "last_days") return [pick, numberInput(window.last_days, (days) => desk.edit(() => (window.last_days = days)), whole), say(words.days)];
  if (kind === "days_ago") return [pick, ...[0, 1].map((at) => numberInput(window.days_ago[at], (days) => desk.edit(() => (window.days_ago[at] = days)), whole)), say(words.days)];
  if (kind === "from_to") return [pick, ...["from", "to"].map((end) => input("date", window[end], (day) => desk.edit(() => (day ? (window[end] = day) : delete window[end])), { "aria-label": words[end], class: "form-control is-date" }))];
  return [pick];
}

function filterParts(properties, node, desk) {
  const { words, categories } = desk.vocabulary;
  const made = element("div", { class: "condition-filters" });
  for (const [number, each] of (node.where ?? []).entries()) {
    const property = properties.find((known) => known.name === each.property) ?? properties[0];
    const suggestions = property.name === "category" ? categories : property.suggestions;
    const asked = element("div", { class: "condition-row" }, [
      say(words.only_where),
      choice([["", properties.map(({ name, title }) => [name, title])]], each.property, (name) => desk.redraw(() => (node.where[number] = { property: name, op: properties.find((known) => known.name === name).operators[0][0] })), words.what),
      operator(property.operators, each, desk),
      ...valueParts({ kind: "text", suggestions }, each, desk),
    ]);
    const drop = () => desk.redraw(() => (node.where.splice(number, 1), node.where.length || delete node.where));
    const row = element("div", { class: "condition-filter" }, [asked, button(iconFrom("icon-remove"), drop, { class: "btn btn-sm btn-icon btn-ghost", label: words.remove })]);
    made.append(row);
  }
  const add = () => desk.redraw(() => (node.where ??= []).push({ property: properties[0].name, op: properties[0].operators[0][0] }));
  made.append(button(`+ ${words.only_where}`, add, { class: "condition-more" }));
  return made;
}
