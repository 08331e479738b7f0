// The running line of the pick page: what is chosen and what it comes to. Best effort: the form works without it,
// and the server sums up again.
(() => {
  "use strict";
  if (window.foyerPick) return;
  window.foyerPick = true;

  const formats = new Map(); // one for each currency: making one takes longer than all else that a choice does
  function formatOf(currency) {
    if (!formats.has(currency)) {
      const lang = document.documentElement.lang || "en";
      const format = new Intl.NumberFormat(lang === "en" ? "en-GB" : lang, { style: "currency", currency });
      formats.set(currency, { format, unit: 10 ** format.resolvedOptions().maximumFractionDigits });
    }
    return formats.get(currency);
  }
  function money(form, minor) {
    const { format, unit } = formatOf(form.dataset.currency);
    return format.format(minor / unit);
  }

  const counting = new Intl.Collator(document.documentElement.lang || "en", { numeric: true });
  const areaOf = (seat) => (seat.closest("[data-area]") || { dataset: {} }).dataset.area || "";
  function inOrder(seats) { // areas as they stand on the page, in each row by row and number
    const areas = [...new Set(seats.map(areaOf))];
    return seats.sort((a, b) => areas.indexOf(areaOf(a)) - areas.indexOf(areaOf(b)) || counting.compare(a.dataset.name, b.dataset.name));
  }

  // Seats of one area in one run of words: "Stalls C12, C13; Circle A1".
  function places(seats) {
    const areas = new Map();
    for (const seat of seats) {
      const name = areaOf(seat);
      areas.set(name, [...(areas.get(name) || []), seat.dataset.name]);
    }
    return [...areas].map(([name, found]) => `${name} ${found.join(", ")}`.trim()).join("; ");
  }

  // A button for each seat, to drop it without looking for it again.
  function buttons(form, section, seats) {
    const list = section.querySelector("[data-chosen-seats]");
    if (!list) return;
    const focused = list.contains(document.activeElement) ? [...list.children].indexOf(document.activeElement.parentElement) : -1;
    list.replaceChildren(...seats.map((seat) => {
      const words = `${places([seat])}, ${money(form, Number(seat.dataset.price))}`;
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: words });
      button.setAttribute("aria-label", list.dataset.remove.replace("{seat}", words));
      button.addEventListener("click", () => {
        seat.checked = false;
        seat.dispatchEvent(new Event("change", { bubbles: true }));
      });
      const item = document.createElement("li");
      item.append(button);
      return item;
    }));
    list.hidden = !seats.length;
    if (focused < 0) return;
    const next = list.children[Math.min(focused, list.children.length - 1)];
    (next ? next.firstChild : section.querySelector("#door-seats")).focus();
  }

  function add(form) {
    for (const line of form.querySelectorAll("[data-running]")) {
      const section = line.closest("section");
      const seats = inOrder([...section.querySelectorAll("input[name=seat]:checked")]);
      let count = seats.length;
      let sum = seats.reduce((total, seat) => total + Number(seat.dataset.price), 0);
      const names = seats.length ? [places(seats)] : [];
      for (const number of section.querySelectorAll("input[type=number][data-price], select[data-price]")) {
        const many = Math.max(0, Math.floor(Number(number.value) || 0));
        count += many;
        sum += many * Number(number.dataset.price);
        if (many) names.push(`${many} × ${number.dataset.name}`);
      }
      const dates = 1 + section.querySelectorAll("input[name=also]:checked").length;
      if (count && dates > 1) names.push(form.dataset.forDates.replace("{n}", String(dates)));
      const most = count > Number(form.dataset.limit);
      const party = Number(form.dataset.party);
      const words = seats.length && count <= party ? form.dataset.chosenOf.replace("{party}", String(party)) : form.dataset.chosen;
      const chosen = words.replace("{n}", String(count * dates));
      const total = form.dataset.total.replace("{sum}", money(form, sum * dates));
      line.textContent = count
        ? `${chosen}: ${names.join(", ")}. ${total}${most ? `. ${form.dataset.tooMany}` : ""}`
        : form.dataset.chosenNone;
      buttons(form, section, seats);
      const hold = section.querySelector("#door-seats");
      if (hold) hold.classList.toggle("primary", seats.length > 0);
    }
  }

  // After the next picture: a tick is seen at once, and what it comes to the moment after. Both events come for one.
  const waiting = new Set();
  const soon = (form) => {
    if (waiting.has(form)) return;
    waiting.add(form);
    requestAnimationFrame(() => setTimeout(() => {
      waiting.delete(form);
      add(form);
    }));
  };
  const changed = (event) => {
    const form = event.target.form;
    if (form && form.matches("[data-pick]") && event.target.matches("[data-price], [name=also]")) soon(form);
  };
  // A link to other seats of this date takes along what is ticked.
  const carry = (event) => {
    const link = event.target.closest && event.target.closest("a[data-keeps-seats]");
    if (!link) return;
    const to = new URL(link.getAttribute("href"), location.href);
    to.searchParams.delete("seat"); // of a press before, on a page that came back
    for (const box of document.querySelectorAll("#list input[name=seat]:checked")) to.searchParams.append("seat", box.value);
    link.setAttribute("href", to.pathname + to.search + to.hash);
  };
  document.addEventListener("click", carry, true);
  document.addEventListener("auxclick", carry, true);
  // Enter would press the first button of the form, which seeks other seats than these.
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (key !== "Enter" || !target.matches("[data-pick] input")) return;
    const section = target.closest("section");
    const door = target.type === "checkbox" ? target : section && section.querySelector("button[name=door]");
    if (!door) return;
    event.preventDefault();
    door.click();
  });
  document.addEventListener("change", changed);
  document.addEventListener("input", changed);
  // a choice that came back with the page (Back, a refusal) is summed up at once
  const first = () => document.querySelectorAll("form[data-pick]").forEach((form) => {
    money(form, 0);
    const numbers = [...form.querySelectorAll("input[type=number][data-price], select[data-price]")];
    if (form.querySelector("input[name=seat]:checked") || numbers.some((one) => Number(one.value) > 0)) add(form);
  });
  addEventListener("pageshow", first);
  document.addEventListener("htmx:afterSettle", first);
})();
