// Keeps the availability of one date fresh: asks when it is first seen and at most every 30 seconds after, only
// in a tab that somebody looks at, and says how long ago it was checked. The section is whole without it.
(() => {
  "use strict";
  const tags = new Map(); // address -> fingerprint of what is shown
  let asked = 0;

  const part = () => document.querySelector("[data-availability]");
  const every = (section) => Math.max(10, Number(section.dataset.every) || 30) * 1000;

  function ask(section) {
    if (document.hidden || Date.now() - asked < every(section)) return;
    asked = Date.now();
    window.htmx.trigger(section, "look");
  }

  function say(section) {
    const line = section.querySelector("[data-checked-line]");
    const at = Date.parse(section.dataset.checked || "");
    if (!line || Number.isNaN(at)) return;
    const seconds = Math.max(0, Math.round((Date.now() - at - skew) / 1000));
    const [value, unit] = seconds < 90 ? [seconds, "second"] : [Math.round(seconds / 60), "minute"];
    const ago = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
    line.textContent = section.dataset.checkedText.replace("%s", ago.format(-value, unit));
  }

  let skew = 0; // this device's clock against the server's
  function note(xhr) {
    const server = Date.parse(xhr.getResponseHeader("Date") || "");
    if (!Number.isNaN(server)) skew = Date.now() - server;
  }

  document.addEventListener("htmx:configRequest", (event) => {
    const tag = event.detail.elt.matches("[data-availability]") && tags.get(event.detail.path);
    if (tag) event.detail.headers["If-None-Match"] = tag;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (!xhr || !requestConfig.elt.matches("[data-availability]")) return;
    note(xhr);
    if (xhr.status !== 200) { // 304: what is shown is still true; a failure: what is shown says when it was
      event.detail.shouldSwap = false;
      event.detail.isError = false;
      const checked = xhr.getResponseHeader("Foyer-Checked");
      if (xhr.status === 304 && checked) requestConfig.elt.dataset.checked = checked;
      return;
    }
    tags.set(requestConfig.path, xhr.getResponseHeader("ETag"));
  });

  setInterval(() => {
    const section = part();
    if (!section) return;
    ask(section);
    say(section);
  }, 1000);
  document.addEventListener("visibilitychange", () => {
    const section = part();
    if (section) ask(section);
  });
})();
