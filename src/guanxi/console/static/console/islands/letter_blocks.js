// The cards of the letter editor: what each kind of block shows and lets one change.

import { button, choice, element, iconFrom } from "./segment_parts.js";
import { remember, richText, richTools } from "./letter_text.js";

// Our own words keep the direction of the page where the letter runs the other way.
export const OUR_WAY = { dir: document.documentElement.dir || "ltr" };

/** `context` has words, kinds, pictures (the folder), asked, touch(draw), pickPlaceholder(), pickPicture(block). */
export function blockBody(block, context) {
  return (BODIES[block.type] ?? note)(block, context);
}

export function settingsOf(block, context) {
  const { words } = context;
  const made = (SETTINGS[block.type]?.(block, context) ?? []).flat();
  if (block.type !== "footer") made.push(...audience(block, context));
  return element("div", { class: "block-settings", "aria-label": words.only, ...OUR_WAY }, made);
}

/** "reader.country is DE, AT" in words, for the chip on the card. */
export function audienceWords(block, { words, asked }) {
  if (!block.only?.values?.length) return "";
  return `${asked[block.only.name]} ${block.only.is_not ? words.is_not : words.is} ${block.only.values.join(", ")}`;
}

function line(block, field, context, attributes = {}) {
  const made = element("textarea", { class: "bare", rows: 1, maxlength: 300, dir: "auto", "data-takes-placeholders": true, ...attributes });
  made.value = block[field] ?? "";
  made.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  made.addEventListener("input", () => {
    block[field] = made.value;
    context.touch();
  });
  made.addEventListener("focus", () => remember(made));
  return made;
}

function rich(block, field, context, hint) {
  const label = context.kinds[block.type].title;
  const text = richText(block[field] ?? "", (html) => {
    block[field] = html;
    context.touch();
  }, context.words, { hint, label });
  return [richTools(context.words, context.pickPlaceholder), text];
}

function note(block, { words, kinds }) {
  return element("p", { class: "block-note", ...OUR_WAY }, [iconFrom(`icon-${block.type}`), element("span", {}, [element("b", {}, kinds[block.type].title), " ", words[`${block.type}_note`] ?? ""])]);
}

const BODIES = {
  heading: (block, context) => line(block, "text", context, { placeholder: context.words.heading_hint, "aria-label": context.kinds.heading.title }),
  text: (block, context) => rich(block, "html", context, context.words.text_hint),
  divider: () => element("hr"),
  button: (block, context) => line(block, "label", context, { placeholder: context.words.label_hint, "aria-label": context.words.label_hint }),
  picture(block, context) {
    const { words, pictures } = context;
    if (!block.picture) {
      const made = button([iconFrom("icon-picture"), words.choose_picture], () => context.pickPicture(block), { class: "picture-empty" });
      return made;
    }
    return [element("img", { src: pictures + block.picture, alt: block.alt }), button(words.other_picture, () => context.pickPicture(block), { class: "btn btn-sm picture-change" })];
  },
  products(block, context) {
    const { words } = context;
    const rows = Array.from({ length: Math.min(block.count ?? 3, 3) }, (_, at) =>
      element("li", {}, [element("i", { style: `width:${45 - at * 7}%` }), block.show_price ? element("i", { style: "width:3.5rem" }) : null]));
    return [line(block, "title", context, { placeholder: words.title_hint, class: "bare is-title" }), note(block, context), element("ul", { class: "mock", "aria-hidden": "true" }, rows), ...rich(block, "fallback", context, words.fallback_hint)];
  },
  price_breaks(block, context) {
    const { words } = context;
    return [line(block, "title", context, { placeholder: words.title_hint, class: "bare is-title" }), priceTable(block, context), line(block, "note", context, { placeholder: words.under_hint })];
  },
  order_status(block, context) {
    const { words } = context;
    const rows = (block.facts ?? []).map((name) => element("li", {}, [words[name], element("i", { style: "width:6rem" })]));
    return [element("ul", { class: "mock" }, rows), line(block, "button", context, { placeholder: words.order_button_hint }), element("p", { class: "block-note", ...OUR_WAY }, words.order_note)];
  },
  footer: (block, context) => [...rich(block, "extra", context, context.words.extra_hint), note(block, context)],
};

function priceTable(block, context) {
  const { words } = context;
  block.rows ??= [];
  const cell = (row, field, attributes) => {
    const made = element("input", { class: "bare", value: row[field] ?? "", "aria-label": words[field], ...attributes });
    made.addEventListener("input", () => {
      row[field] = made.value;
      context.touch();
    });
    return element("td", {}, made);
  };
  const rows = block.rows.map((row, at) => element("tr", {}, [
    cell(row, "from", { inputmode: "decimal" }), cell(row, "price", { inputmode: "decimal" }), cell(row, "note", { dir: "auto" }),
    element("td", {}, button(iconFrom("icon-x"), () => context.change(() => block.rows.splice(at, 1)), { class: "btn btn-sm btn-icon btn-ghost", label: words.remove_row })),
  ]));
  const head = element("tr", {}, [words.from, words.price, words.note, ""].map((each) => element("th", { scope: "col" }, each)));
  const add = button([iconFrom("icon-plus"), words.add_row], () => context.change(() => block.rows.push({ from: "", price: "", note: "" })), { class: "btn btn-sm btn-ghost" });
  return element("div", {}, [element("table", { class: "steps-table" }, [element("thead", {}, head), element("tbody", {}, rows)]), add]);
}

function choose(block, field, options, title, context) {
  const made = choice([["", options]], block[field] ?? options[0][0], (value) => context.change(() => (block[field] = value)), title);
  return element("label", {}, [title, made]);
}

function tick(block, field, title, context) {
  const made = element("input", { type: "checkbox", class: "form-check-input m-0" });
  made.checked = Boolean(block[field]);
  made.addEventListener("change", () => context.change(() => (block[field] = made.checked)));
  return element("label", {}, [made, title]);
}

function field(block, name, title, context, attributes = {}) {
  const made = element("input", { class: "form-control", value: block[name] ?? "", "aria-label": title, placeholder: attributes.placeholder ?? title, "data-takes-placeholders": true, ...attributes });
  made.addEventListener("input", () => {
    block[name] = made.value;
    context.touch();
  });
  made.addEventListener("focus", () => remember(made));
  return element("label", { class: "is-long" }, made);
}

const alignments = ({ words }) => [["start", words.start], ["center", words.center]];
const SETTINGS = {
  heading: (block, context) => [choose(block, "size", [["normal", context.words.normal], ["large", context.words.large]], context.words.size, context)],
  picture: (block, context) => [
    field(block, "alt", context.words.alt_hint, context),
    field(block, "href", context.words.link, context, { placeholder: context.words.href_hint, inputmode: "url" }),
    choose(block, "width", ["full", "half", "small"].map((each) => [each, context.words[each]]), context.words.width, context),
    ...(block.width && block.width !== "full" ? [choose(block, "align", alignments(context), context.words.align, context)] : []),
  ],
  button: (block, context) => [
    field(block, "href", context.words.target, context, { placeholder: context.words.href_hint, inputmode: "url" }),
    button(iconFrom("icon-braces"), () => context.pickPlaceholder(), { class: "btn btn-sm btn-icon btn-ghost", label: context.words.placeholder }),
    choose(block, "align", alignments(context), context.words.align, context),
  ],
  products: (block, context) => [
    numberChoice(block, "count", [2, 3, 4, 6], context.words.count, context),
    tick(block, "show_price", context.words.show_price, context), tick(block, "show_reason", context.words.show_reason, context),
  ],
  price_breaks: (block, context) => [
    field(block, "currency", context.words.currency, context, { placeholder: "USD", maxlength: 3, size: 4 }),
    field(block, "article", context.words.article, context, { placeholder: context.words.article_hint, maxlength: 120 }),
  ],
  order_status: (block, context) => ["number", "placed_on", "amount", "stage", "ship_by", "carrier", "tracking_number"].map((name) => fact(block, name, context)),
  signature: (block, context) => [tick(block, "with_contact", context.words.with_contact, context)],
};

function numberChoice(block, name, options, title, context) {
  const made = choice([["", options.map((each) => [String(each), String(each)])]], String(block[name] ?? 3), (value) => context.change(() => (block[name] = Number(value))), title);
  return element("label", {}, [title, made]);
}

function fact(block, name, context) {
  const made = element("input", { type: "checkbox", class: "form-check-input m-0" });
  made.checked = block.facts?.includes(name);
  made.addEventListener("change", () => context.change(() => {
    block.facts = made.checked ? [...(block.facts ?? []), name] : block.facts.filter((each) => each !== name);
  }));
  return element("label", {}, [made, context.words[name]]);
}

/** Who sees the block: everybody, or readers of whom one thing is true (or not). */
function audience(block, context) {
  const { words, asked } = context;
  const name = choice([["", [["", words.everybody], ...Object.entries(asked)]]], block.only?.name ?? "", (value) => context.change(() => {
    if (value) block.only = { name: value, values: [], is_not: false };
    else delete block.only;
  }), words.only);
  const made = [element("label", {}, [iconFrom("icon-only"), name])];
  if (block.only) {
    const sense = choice([["", [["", words.is], ["1", words.is_not]]]], block.only.is_not ? "1" : "", (value) => context.change(() => (block.only.is_not = value === "1")), words.is);
    const answers = element("input", { class: "form-control", value: block.only.values.join(", "), "aria-label": words.answers, placeholder: words.answers });
    answers.addEventListener("input", () => {
      block.only.values = answers.value.split(",").map((each) => each.trim()).filter(Boolean);
      context.touch();
    });
    made.push(sense, element("label", { class: "is-long" }, answers));
  }
  return made;
}
