// Copies the page libraries from node_modules to the console's static folder, and makes one sprite of the icons in use.
//
// No bundler: every file is served as its maker built it, under the strict content policy of the console.
// htmx stays on 2.x: 4.0 came out in September 2026, no longer inherits attributes and swaps error answers by
// default; it is worth the move once it has had a year of use. Icons: an inline sprite of some forty drawings is
// 20 kB, the webfont of all of them 800 kB.

import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const consoleRoom = join(root, "src", "guanxi", "console");
const target = join(consoleRoom, "static", "vendor");

const FILES = {
  "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
  "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
  "htmx.min.js": "htmx.org/dist/htmx.min.js",
  "echarts.min.js": "echarts/dist/echarts.min.js",
  "sortable.min.js": "sortablejs/Sortable.min.js",
};
const LICENCES = {
  "tabler-icons.LICENSE": "@tabler/icons/LICENSE",
  "htmx.LICENSE": "htmx.org/LICENSE",
  "echarts.LICENSE": "echarts/LICENSE",
  "echarts.NOTICE": "echarts/NOTICE",
  "sortable.LICENSE": "sortablejs/LICENSE",
};
// Source maps are not shipped, so the line that asks for one would be a 404 in every developer's console.
const SOURCE_MAP = /\n?(?:\/\/# sourceMappingURL=\S+|\/\*# sourceMappingURL=\S+ \*\/)\s*$/;

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const [name, source] of Object.entries(FILES)) {
  writeFileSync(join(target, name), readFileSync(join(modules, source), "utf8").replace(SOURCE_MAP, "\n"));
}
for (const [name, source] of Object.entries(LICENCES)) {
  copyFileSync(join(modules, source), join(target, name));
}
const names = iconsInUse(consoleRoom);
writeFileSync(join(target, "icons.svg"), sprite(names));
console.log(`${Object.keys(FILES).length} libraries and ${names.length} icons in ${target}`);

/** The icon names that templates and page modules write as {% icon "name" %} or icon="name". */
function iconsInUse(folder) {
  const found = new Set();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(html|py)$/.test(entry.name)) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), "utf8");
    for (const [, name] of text.matchAll(/(?:\{% icon |\bicon=)"([a-z0-9-]+)"/g)) found.add(name);
  }
  return [...found].sort();
}

/** One SVG with a <symbol> per icon, drawn by currentColor. Stops with the name of an icon that does not exist. */
function sprite(iconNames) {
  const symbols = iconNames.map((name) => {
    const source = readFileSync(join(modules, "@tabler/icons/icons/outline", `${name}.svg`), "utf8");
    const drawing = source.slice(source.indexOf(">", source.indexOf("<svg")) + 1, source.lastIndexOf("</svg>"));
    return `<symbol id="${name}" viewBox="0 0 24 24">${drawing.replace(/\s*\n\s*/g, "")}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" stroke-width="1.75" `
    + `stroke-linecap="round" stroke-linejoin="round">\n${symbols.join("\n")}\n</svg>\n`;
}
