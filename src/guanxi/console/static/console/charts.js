// Draws every <div class="chart" data-chart="id"> from the ECharts option in the JSON script of that id.
// A colour "@accent" in the option is the CSS variable --gx-accent of the page, so that charts follow the theme.

const VARIABLE = /^@([a-z0-9-]+)$/;
let library;

function load() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../vendor/echarts.min.js", import.meta.url).href;
    script.onload = () => resolve(window.echarts);
    script.onerror = reject;
    document.head.append(script);
  });
  return library;
}

function coloured(value, style) {
  if (typeof value === "string") {
    const found = VARIABLE.exec(value);
    return found ? style.getPropertyValue(`--gx-${found[1]}`).trim() : value;
  }
  if (Array.isArray(value)) return value.map((each) => coloured(each, style));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, coloured(each, style)]));
  }
  return value;
}

const wideness = new ResizeObserver((entries) => {
  for (const { target } of entries) window.echarts?.getInstanceByDom(target)?.resize();
});

export async function drawCharts(root) {
  const places = [...root.querySelectorAll("[data-chart]")];
  if (!places.length) return;
  const echarts = await load();
  const style = getComputedStyle(document.documentElement);
  for (const place of places) {
    const option = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    const base = {
      textStyle: { fontFamily: style.getPropertyValue("--tblr-font-sans-serif"), color: "@muted" },
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      aria: { enabled: true },
    };
    const drawing = echarts.getInstanceByDom(place) ?? echarts.init(place, null, { renderer: "svg" });
    drawing.setOption(coloured({ ...base, ...option }, style), true);
    drawing.off("click");
    drawing.on("click", ({ data }) => data?.href && window.location.assign(data.href));
    wideness.observe(place);
  }
}
