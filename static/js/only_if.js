// A field that is asked only after a certain answer is shown only then. Without this script it is always there,
// with a hint. data-only-if has pairs of another field's name and its value, one of which must be chosen:
// "country=US" or "part-3-delivery=4 part-3-merchandise_delivery=7". On a section it is about all of it.
(() => {
  "use strict";
  function chosen(name) {
    const named = [...document.getElementsByName(name)];
    const one = named.length > 1 ? named.find((input) => input.checked) : named[0];
    if (!one || (one.type === "radio" && !one.checked)) return named.length ? "" : null;
    return one.value;
  }
  function update() {
    for (const each of document.querySelectorAll("[data-only-if]")) {
      const box = each.matches("section") ? each : each.closest(".field");
      const answers = each.dataset.onlyIf.split(" ").map((pair) => {
        const at = pair.lastIndexOf("=");
        const said = chosen(pair.slice(0, at));
        return said === null || said === decodeURIComponent(pair.slice(at + 1));
      });
      if (box) box.hidden = !answers.includes(true);
    }
  }
  document.addEventListener("change", update);
  document.addEventListener("htmx:load", update);
  update();
})();
