// Running text of a letter: bold, italic, links, lists, and placeholders shown as chips that write Liquid.

import { button, element, iconFrom } from "./segment_parts.js";

const LIQUID = /\{\{.*?\}\}|\{%.*?%\}/gs;
const KEPT = { STRONG: "strong", B: "strong", EM: "em", I: "em", UL: "ul", OL: "ol", LI: "li", P: "p", DIV: "p" };
let focused = null;

/** The field in which a person wrote last: where a placeholder goes. */
export function lastField() {
  return focused?.isConnected ? focused : null;
}

export function remember(field) {
  focused = field;
}

/** One placeholder, shown by its name; the Liquid it writes is in data-liquid. */
function token(liquid) {
  const name = liquid.replace(/^\{[{%]\s*|\s*[%}]\}$/g, "").split("|")[0].trim();
  return element("span", { class: "token", contenteditable: "false", "data-liquid": liquid, title: liquid }, name);
}

/** Text with Liquid becomes text with chips. Only text is made here, never mark-up. */
function withTokens(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    const parts = text.data.split(LIQUID);
    const found = text.data.match(LIQUID);
    if (!found) continue;
    const nodes = parts.flatMap((part, at) => [document.createTextNode(part), ...(found[at] ? [token(found[at])] : [])]);
    text.replaceWith(...nodes);
  }
}

/** What the editable element says, in the mark-up that is kept; the server cleans it again. */
function written(node) {
  let said = "";
  for (const each of node.childNodes) {
    if (each.nodeType === Node.TEXT_NODE) {
      said += each.data.replace(/\u200b/g, "").replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);
    } else if (each.nodeType !== Node.ELEMENT_NODE) {
      continue;
    } else if (each.dataset.liquid) {
      said += each.dataset.liquid;
    } else if (each.nodeName === "BR") {
      said += "<br>";
    } else if (each.nodeName === "A") {
      const target = (each.getAttribute("href") ?? "").replace(/["<>]/g, "");
      said += target ? `<a href="${target.replace(/&/g, "&amp;")}">${written(each)}</a>` : written(each);
    } else {
      const name = KEPT[each.nodeName];
      said += name ? `<${name}>${written(each)}</${name}>` : written(each);
    }
  }
  return said;
}

/** The whole text: what stands outside a paragraph or list, as a first line does, becomes a paragraph. */
function paragraphs(field) {
  let said = "";
  let loose = [];
  const close = () => {
    if (loose.some((each) => each.textContent.trim() || each.dataset?.liquid)) said += `<p>${written({ childNodes: loose })}</p>`;
    loose = [];
  };
  for (const each of field.childNodes) {
    if (["P", "DIV", "UL", "OL"].includes(each.nodeName)) {
      close();
      said += written({ childNodes: [each] });
    } else {
      loose.push(each);
    }
  }
  close();
  return said;
}

/** An editable text. The HTML comes from the server, which has cleaned it, and is parsed without running anything. */
export function richText(html, changed, words, { hint, label }) {
  const field = element("div", { class: "rich", contenteditable: "true", role: "textbox", "aria-multiline": "true", "aria-label": label, "data-hint": hint, dir: "auto", "data-takes-placeholders": true });
  const parsed = new DOMParser().parseFromString(html, "text/html");
  field.append(...parsed.body.childNodes);
  withTokens(field);
  const tell = () => changed(field.textContent.trim() || field.querySelector(".token") ? paragraphs(field) : "");
  field.addEventListener("focus", () => {
    focused = field;
    document.execCommand("defaultParagraphSeparator", false, "p");
  });
  field.addEventListener("input", tell);
  field.addEventListener("paste", (event) => {
    event.preventDefault();
    document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
  });
  field.addEventListener("click", (event) => {
    const chip = event.target.closest(".token");
    if (chip) askDefault(chip, words, tell);
  });
  field.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      link(words);
    }
  });
  field.tell = tell;
  return field;
}

/** What stands there when the value is missing. */
function askDefault(chip, words, tell) {
  const found = chip.dataset.liquid.match(/\| default: "([^"]*)"/);
  if (!found) return;
  const answer = window.prompt(words.default, found[1]);
  if (answer === null) return;
  chip.dataset.liquid = chip.dataset.liquid.replace(found[0], `| default: "${answer.replace(/["<>&{}%]/g, "")}"`);
  chip.title = chip.dataset.liquid;
  tell();
}

function link(words) {
  const target = window.prompt(words.target, "https://");
  if (target === null) return;
  if (/^(https:\/\/.|mailto:.|tel:.|\{\{)/.test(target.trim())) document.execCommand("createLink", false, target.trim());
  else document.execCommand("unlink");
}

/** The row of buttons above a text. */
export function richTools(words, pick) {
  const press = (name) => () => document.execCommand(name);
  const made = element("div", { class: "rich-tools", role: "toolbar" }, [
    button(iconFrom("icon-bold"), press("bold"), { label: `${words.bold} (Ctrl+B)` }),
    button(iconFrom("icon-italic"), press("italic"), { label: `${words.italic} (Ctrl+I)` }),
    button(iconFrom("icon-link"), () => link(words), { label: `${words.link} (Ctrl+K)` }),
    button(iconFrom("icon-bullets"), press("insertUnorderedList"), { label: words.bullets }),
    button(iconFrom("icon-numbers"), press("insertOrderedList"), { label: words.numbers }),
    button(iconFrom("icon-braces"), pick, { label: words.placeholder }),
  ]);
  made.addEventListener("mousedown", (event) => event.preventDefault()); // the text keeps its selection
  return made;
}

/** Write a placeholder where the person wrote last. */
export function insertLiquid(field, liquid, kind) {
  if (!field) return;
  field.focus();
  if (!field.isContentEditable) {
    const [from, until] = [field.selectionStart ?? field.value.length, field.selectionEnd ?? field.value.length];
    field.setRangeText(liquid, from, until, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    return;
  }
  const selection = window.getSelection();
  const range = selection.rangeCount && field.contains(selection.anchorNode) ? selection.getRangeAt(0) : atEnd(field);
  range.deleteContents();
  const made = kind === "url" ? element("a", { href: liquid }, liquid.replace(/[{}]/g, "").trim()) : token(liquid);
  const gap = document.createTextNode("\u200b");
  range.insertNode(gap);
  range.insertNode(made);
  selection.collapse(gap, 1);
  field.tell();
}

function atEnd(field) {
  const range = document.createRange();
  range.selectNodeContents(field.lastElementChild ?? field);
  range.collapse(false);
  return range;
}
