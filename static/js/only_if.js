// A field that is asked only after a certain answer is shown only then. Without this script it is always there,
// with a hint. Fields carry data-only-if (the other field's name) and data-only-if-value.
(() => {
  "use strict";
  function update() {
    for (const input of document.querySelectorAll("[data-only-if]")) {
      const other = document.getElementsByName(input.dataset.onlyIf)[0];
      const box = input.closest(".field");
      if (!other || !box) continue;
      box.hidden = other.value !== input.dataset.onlyIfValue;
    }
  }
  document.addEventListener("change", update);
  document.addEventListener("htmx:load", update);
  update();
})();
