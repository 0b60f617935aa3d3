// Small pieces the cards of the builder are made of.

export function element(name, attributes = {}, children = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...[children].flat().filter((each) => each !== null && each !== undefined));
  return made;
}

export function iconFrom(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

export function button(content, act, { label, ...attributes } = {}) {
  const made = element("button", { type: "button", "aria-label": label, title: label, ...attributes }, content);
  made.addEventListener("click", act);
  return made;
}

/** A choice; `groups` are [title, [[value, title], …]], a group without title stands plain. */
export function choice(groups, value, act, label) {
  const made = element("select", { class: "form-select", "aria-label": label });
  for (const [title, options] of groups) {
    const items = options.map(([each, words]) => {
      const option = element("option", { value: each }, words);
      option.selected = each === value;
      return option;
    });
    made.append(...(title ? [element("optgroup", { label: title }, items)] : items));
  }
  if (!groups.some(([, options]) => options.some(([each]) => each === value))) made.selectedIndex = -1;
  made.addEventListener("change", () => act(made.value));
  return made;
}

export function input(type, value, act, attributes = {}) {
  const made = element("input", { class: "form-control", type, value: value ?? "", ...attributes });
  made.addEventListener("input", () => act(made.value));
  return made;
}

export function numberInput(value, act, attributes = {}) {
  return input("number", value, (text) => act(text === "" ? null : Number(text)), { inputmode: "decimal", step: "any", ...attributes });
}

/** Few known values: buttons that stay pressed. */
export function pills(options, values, act, label) {
  const chosen = new Set(values);
  const made = element("div", { class: "value-pills", role: "group", "aria-label": label });
  for (const [value, title] of options) {
    const pill = button(title, () => {
      if (chosen.has(value)) chosen.delete(value);
      else chosen.add(value);
      pill.setAttribute("aria-pressed", String(chosen.has(value)));
      act(options.map(([each]) => each).filter((each) => chosen.has(each)));
    });
    pill.setAttribute("aria-pressed", String(chosen.has(value)));
    made.append(pill);
  }
  return made;
}

let lists = 0;

/** Many or free values: a field with suggestions; Enter adds, Backspace in the empty field takes the last away. */
export function chips(suggestions, values, act, label, placeholder) {
  const held = [...values];
  const titles = new Map(suggestions);
  const byTitle = new Map(suggestions.map(([value, title]) => [title.toLowerCase(), value]));
  const id = `values-${++lists}`;
  const made = element("div", { class: "value-chips" });
  const field = element("input", { class: "value-chips-input", list: id, "aria-label": label, placeholder, autocomplete: "off" });
  const options = element("datalist", { id }, suggestions.map(([value, title]) => element("option", { value: title }, title === value ? "" : value)));
  const draw = () => {
    made.querySelectorAll(".chip").forEach((each) => each.remove());
    held.forEach((value, number) => {
      const remove = button(iconFrom("icon-remove"), () => {
        held.splice(number, 1);
        tell();
      });
      remove.setAttribute("aria-label", `${titles.get(value) ?? value} ×`);
      made.insertBefore(element("span", { class: "chip" }, [titles.get(value) ?? value, remove]), field);
    });
  };
  const tell = () => {
    draw();
    act([...held]);
    field.focus();
  };
  const add = (typed) => {
    const word = typed.trim();
    if (!word) return false;
    const value = byTitle.get(word.toLowerCase()) ?? (titles.has(word.toUpperCase()) ? word.toUpperCase() : word);
    field.value = "";
    if (held.includes(value)) return false;
    held.push(value);
    tell();
    return true;
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      add(field.value);
    } else if (event.key === "Backspace" && !field.value && held.length) {
      held.pop();
      tell();
    }
  });
  field.addEventListener("input", () => byTitle.has(field.value.trim().toLowerCase()) && add(field.value));
  field.addEventListener("blur", () => {
    const word = field.value.trim();
    if (word) add(word);
  });
  made.append(field, options);
  draw();
  return made;
}
