// Tells a shop's visits to Guanxi, and only those of visitors who have agreed.
//
// Until then nothing is sent and nothing is stored. Agreement comes by guanxi.consent(true), by data-consent="granted"
// at the script, or is remembered from an earlier page. A browser that asks not to be tracked (GPC, DNT) is obeyed.
(() => {
  const script = document.currentScript;
  const nav = navigator;
  const KEY = script.getAttribute("data-key");
  const ADDRESS = new URL("../v1/batch", script.src).href;
  const NAME = "guanxi";
  const SEARCH = ["q", "s", "query", "search", "keyword"];
  const refuses = nav.globalPrivacyControl || nav.doNotTrack === "1";
  let on = false, id, queue = [], timer = 0, here, before, since = 0, seen = 0;

  // A browser may forbid storage, or know no zone: then it goes without.
  const attempt = (deed) => { try { return deed(); } catch (error) { return null; } };
  const kept = () => attempt(() => localStorage.getItem(NAME));
  const random = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => (byte + 256).toString(16).slice(1)).join("");
  // The address without what may name a person: of the query nothing, of another page only where it lies.
  const bare = (address) => attempt(() => { const url = new URL(address); return url.origin + url.pathname; });
  const query = () => new URLSearchParams(location.search);
  const campaign = () => {
    const found = {};
    query().forEach((value, name) => {
      if (name.startsWith("utm_")) found[name === "utm_campaign" ? "name" : name.slice(4)] = value.slice(0, 100);
    });
    return found;
  };

  const put = (type, facts) => {
    if (!on) return;
    queue.push({
      ...facts,
      type,
      anonymousId: id,
      messageId: random(),
      timestamp: new Date(),
      context: {
        locale: nav.language,
        campaign: campaign(),
        timezone: attempt(() => Intl.DateTimeFormat().resolvedOptions().timeZone),
        ...facts.context,
      },
    });
    if (queue.length >= 20) flush();
    else wait(2e3);
  };
  const wait = (pause) => { timer = timer || setTimeout(flush, pause); };
  // As plain text, so that no preflight is needed and a beacon can carry it.
  const flush = (leaving) => {
    clearTimeout(timer);
    timer = 0;
    if (!on || !queue.length) return;
    const batch = queue.splice(0, 20);
    const body = JSON.stringify({ writeKey: KEY, sentAt: new Date(), batch });
    if (leaving && nav.sendBeacon(ADDRESS, body)) return;
    const again = () => {
      if (!on || queue.length > 60) return;
      queue = batch.concat(queue);
      wait(2e4);
    };
    fetch(ADDRESS, { method: "POST", body, credentials: "omit" }).then((answer) => answer.status >= 500 && again(), again);
    if (queue.length) wait(2e3);
  };

  // How long the page was in view; told when it goes out of view, so that the parts add up.
  const look = () => { if (on && document.visibilityState === "visible") since = since || Date.now(); };
  const left = () => {
    if (since) seen += Date.now() - since;
    since = 0;
    const dwell_seconds = Math.round(seen / 1000);
    if (!here || !dwell_seconds) return;
    track("Page Left", { path: here, dwell_seconds });
    seen = 0;
  };

  const page = (facts) => {
    if (!on) return;
    left();
    const referrer = before || bare(document.referrer);
    here = location.pathname;
    before = bare(location.href);
    seen = 0;
    look();
    put("page", { properties: { path: here, url: before, title: document.title.slice(0, 200), referrer, ...facts } });
    const words = SEARCH.map((name) => query().get(name)).find(Boolean);
    if (words) track("Products Searched", { query: words.slice(0, 200) });
    document.querySelectorAll("[data-guanxi]").forEach((each) => tell(each.dataset.guanxi));
  };
  // data-guanxi='{"event": "Product Viewed", "sku": "L-1", "category": "lamps"}'
  const tell = (text) => attempt(() => {
    const { event, ...facts } = JSON.parse(text);
    if (event) track(event, facts);
  });
  const track = (event, properties) => put("track", { event, properties: properties || {} });
  const identify = (user, traits) => {
    put("identify", typeof user === "object" ? { traits: user } : { userId: user, traits: traits || {} });
    flush();
  };
  // The mark that a link of a mail carries: taken off the address, so that it is not passed on.
  const arrive = () => {
    const url = new URL(location), link = url.searchParams.get("gx");
    if (!link) return;
    url.searchParams.delete("gx");
    history.replaceState(history.state, "", url);
    put("identify", { context: { link } });
  };

  const consent = (given) => {
    if (!given) {
      on = false;
      queue = [];
      since = seen = 0;
      attempt(() => localStorage.removeItem(NAME));
    } else if (!on && !refuses && KEY) {
      id = kept() || random();
      attempt(() => localStorage.setItem(NAME, id));
      on = true;
      arrive();
      page();
    }
  };

  // A shop that changes its pages without loading them anew.
  const moved = () => setTimeout(() => { if (location.pathname !== here) page(); });
  ["pushState", "replaceState"].forEach((verb) => {
    const own = history[verb];
    history[verb] = function (...words) { own.apply(this, words); moved(); };
  });
  const leave = () => { left(); flush(true); };
  addEventListener("popstate", moved);
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : look()));
  document.addEventListener("click", ({ target }) => {
    const element = on && target.closest("[data-guanxi-click]");
    if (element) tell(element.dataset.guanxiClick);
  });

  // What to show here: language, currency, feast. Asks for no consent, since nothing of the visitor is kept.
  const front = (asked) =>
    fetch(new URL("../v1/storefront?" + new URLSearchParams({ writeKey: KEY, ...asked }), script.src), {
      credentials: "omit",
    }).then((answer) => answer.json());

  window.guanxi = { consent, page, track, identify, front };
  const begin = () => { if (script.dataset.consent === "granted" || kept()) consent(true); };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin);
  else begin();
})();
