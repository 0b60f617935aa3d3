// Sliders of a scheme's borders: position along the histogram to a number as somebody would write it, and back.

function nice(value, whole) {
  if (whole) return Math.round(value);
  if (!value) return 0;
  const digits = Math.min(2, 2 - Math.floor(Math.log10(Math.abs(value))));
  const step = 10 ** -digits;
  return Number((Math.round(value / step) * step).toFixed(Math.max(digits, 0)));
}

function valueAt(slider) {
  const place = Number(slider.value) / Number(slider.max);
  const low = Number(slider.dataset.low);
  const high = Number(slider.dataset.high);
  if ("log" in slider.dataset) return Math.exp(Math.log(low) + place * (Math.log(high) - Math.log(low)));
  return low + place * (high - low);
}

function placeOf(slider, value) {
  const low = Number(slider.dataset.low);
  const high = Number(slider.dataset.high);
  if (!(high > low)) return 0;
  if ("log" in slider.dataset) return Math.log(Math.max(value, low) / low) / Math.log(high / low);
  return (value - low) / (high - low);
}

function other(attribute, name) {
  return document.querySelector(`[${attribute}="${CSS.escape(name)}"]`);
}

document.addEventListener("input", ({ target }) => {
  if (target.dataset.slides) {
    const field = other("data-border", target.dataset.slides);
    field.value = "share" in target.dataset ? target.value : nice(valueAt(target), "whole" in target.dataset);
  } else if (target.dataset.border) {
    const slider = other("data-slides", target.dataset.border);
    const value = Number(target.value.replaceAll(",", ""));
    if (!slider || Number.isNaN(value)) return;
    slider.value = "share" in slider.dataset ? value : placeOf(slider, value) * Number(slider.max);
  }
});
