// Runs before the first paint: the reader's choice of light or dark, else what the system asks for.
const kept = localStorage.getItem("guanxi-theme");
const dark = kept ? kept === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
