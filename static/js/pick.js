// The running line of the pick page: what is chosen and what it comes to. Best effort: the form works without it,
// and the server sums up again.
(() => {
  "use strict";
  if (window.foyerPick) return;
  window.foyerPick = true;

  function money(form, minor) {
    const lang = document.documentElement.lang || "en";
    const format = new Intl.NumberFormat(lang === "en" ? "en-GB" : lang, { style: "currency", currency: form.dataset.currency });
    return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
  }

  function add(form) {
    for (const line of form.querySelectorAll("[data-running]")) {
      const section = line.closest("section");
      let count = 0;
      let sum = 0;
      const names = [];
      for (const seat of section.querySelectorAll("input[name=seat]:checked")) {
        count += 1;
        sum += Number(seat.dataset.price);
        names.push(seat.dataset.name);
      }
      for (const number of section.querySelectorAll("input[type=number][data-price], select[data-price]")) {
        const many = Math.max(0, Math.floor(Number(number.value) || 0));
        count += many;
        sum += many * Number(number.dataset.price);
        if (many) names.push(`${many} × ${number.dataset.name}`);
      }
      const dates = 1 + section.querySelectorAll("input[name=also]:checked").length;
      if (count && dates > 1) names.push(form.dataset.forDates.replace("{n}", String(dates)));
      const most = count > Number(form.dataset.limit);
      const chosen = form.dataset.chosen.replace("{n}", String(count * dates));
      line.textContent = count
        ? `${chosen}: ${names.join(", ")}. ${money(form, sum * dates)}${most ? `. ${form.dataset.tooMany}` : ""}`
        : form.dataset.chosenNone;
    }
  }

  const changed = (event) => {
    const form = event.target.form;
    if (form && form.matches("[data-pick]") && event.target.matches("[data-price], [name=also]")) add(form);
  };
  document.addEventListener("change", changed);
  document.addEventListener("input", changed);
  // a choice that came back with the page (Back, a refusal) is summed up at once
  const first = () => document.querySelectorAll("form[data-pick]").forEach((form) => {
    const numbers = [...form.querySelectorAll("input[type=number][data-price], select[data-price]")];
    if (form.querySelector("input[name=seat]:checked") || numbers.some((one) => Number(one.value) > 0)) add(form);
  });
  addEventListener("pageshow", first);
  document.addEventListener("htmx:afterSettle", first);
})();
