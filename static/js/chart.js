// The venue's own seating chart: what is chosen on it becomes fields of our form, which holds it like any other choice.
// Names of settings and listeners are those of docs.seats.io. Without that script the page says so and leads to the list.
(() => {
  "use strict";
  const page = document.querySelector("[data-official]");
  if (!page) return;
  const told = JSON.parse(page.dataset.official);
  const words = document.getElementById("chart-words");
  const form = document.getElementById("chart-form");
  const button = document.getElementById("hold-chosen");
  const fields = form.querySelector("[data-seats]");
  const running = form.querySelector("[data-running]");
  const chosen = new Set();
  const held = new Set(told.held);
  const back = new Set(); // what is in the basket and was let go on the chart: it is taken again
  const out = new Set(); // what we do not sell and was chosen on the chart: it is let go again
  let chart = null;
  let calls = false;
  let waiting = false; // "hold" was pressed while a seat was still being set aside
  let over = false;

  function money(minor) {
    const lang = document.documentElement.lang || "en";
    const format = new Intl.NumberFormat(lang === "en" ? "en-GB" : lang, { style: "currency", currency: told.currency });
    return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
  }

  function say(first) {
    const seats = [...chosen].map((label) => told.seats[label]);
    const sum = money(seats.reduce((total, [, minor]) => total + minor, 0));
    const all = seats.length
      ? page.dataset.chosen.replace("{seats}", seats.map(([, , name]) => name).join(", ")).replace("{sum}", sum)
      : page.dataset.empty;
    running.textContent = first ? `${first} ${all}` : all;
    fields.replaceChildren(...seats.map(([ref]) => Object.assign(document.createElement("input"),
      { type: "hidden", name: "seat", value: ref })));
  }

  function without(text) {
    words.querySelector("[data-words]").textContent = text;
    words.hidden = false;
    form.hidden = true;
    page.querySelector("[data-with-chart]").hidden = true;
    document.getElementById("official-chart").hidden = true;
  }

  function ended() {
    if (over) return;
    over = true;
    form.hidden = true;
    document.getElementById("official-chart").hidden = true;
    document.getElementById("chart-over").hidden = false;
    page.querySelector(".clock-text").textContent = document.getElementById("clock").dataset.over;
  }

  function ready(drawn) {
    chart = drawn;
    for (const one of drawn.selectedObjects || []) {
      const label = one.label || one;
      if (told.seats[label]) chosen.add(label);
    }
    words.hidden = true;
    form.hidden = false;
    page.querySelector("[data-with-chart]").hidden = false;
    say();
  }

  function selected({ label }) {
    if (back.has(label) || held.has(label)) return;
    if (!told.seats[label]) {
      out.add(label);
      return;
    }
    chosen.add(label);
    say();
  }

  function deselected({ label }) {
    if (held.has(label)) back.add(label);
    chosen.delete(label);
    say();
  }

  async function settled() {
    calls = false;
    for (const [these, again, why] of [[out, "deselectObjects", "notSold"], [back, "doSelectObjects", "inBasket"]]) {
      const labels = [...these];
      if (!labels.length) continue;
      these.clear();
      try { await chart[again](labels); } catch { /* the basket says what is held */ }
      say(page.dataset[why]);
    }
    if (waiting && !calls) {
      waiting = false;
      hold();
    }
  }

  function hold() {
    if (over) return;
    if (calls) {
      waiting = true;
      say(page.dataset.wait);
    } else if (chosen.size) {
      form.requestSubmit();
    } else {
      say(page.dataset.none);
    }
  }

  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  document.addEventListener("hold-over", ended);
  button.addEventListener("click", hold);
  if (!window.seatsio || !window.seatsio.SeatingChart) {
    without(page.dataset.failed);
    return;
  }
  new window.seatsio.SeatingChart({
    ...told.chart,
    divId: "official-chart",
    priceFormatter: (price) => money(Math.round(price * 10 ** new Intl.NumberFormat("en", { style: "currency",
      currency: told.currency }).resolvedOptions().maximumFractionDigits)),
    onChartRendered: ready,
    onChartRenderingFailed: () => { if (!over) without(page.dataset.failed); },
    onObjectSelected: selected,
    onObjectDeselected: deselected,
    onHoldCallsInProgress: () => { calls = true; },
    onHoldCallsComplete: settled,
    onHoldFailed: (objects) => {
      for (const { label } of objects) chosen.delete(label);
      say(page.dataset.taken);
    },
    onHoldTokenExpired: ended,
  }).render();
})();
