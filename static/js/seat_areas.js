// The choice of an area of a big house: in a closed list arrow keys choose at every press, so an area that has to be
// fetched waits for Enter or for its button. What is let through, `seat_map.js` opens.
(() => {
  "use strict";
  if (window.foyerAreas) return;
  window.foyerAreas = true;
  let stepping = false;

  const buttonOf = (areas) => areas.closest("[data-map]").querySelector("[data-map-open]");
  function waits(areas) {
    const shown = [...areas.options].find((option) => option.defaultSelected) || areas.options[0];
    const [option] = areas.selectedOptions;
    return Boolean(option.dataset.href) && option !== shown;
  }
  function open(areas) {
    stepping = false;
    areas.focus({ preventScroll: true });
    buttonOf(areas).hidden = true;
    areas.dispatchEvent(new Event("change", { bubbles: true }));
  }
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches("[data-map-area]")) return;
    stepping = !event.altKey && ![" ", "Enter", "F4"].includes(event.key); // these open the list
    if (event.key !== "Enter") return;
    event.preventDefault(); // it would send the form
    if (waits(event.target)) open(event.target);
  }, true);
  for (const name of ["keyup", "pointerdown"]) document.addEventListener(name, () => { stepping = false; }, true);
  document.addEventListener("change", (event) => {
    const areas = event.target;
    if (!areas.matches("[data-map-area]") || !areas.selectedOptions[0].dataset.href) return;
    if (waits(areas) && !stepping) return;
    event.stopPropagation();
    buttonOf(areas).hidden = !waits(areas);
  }, true);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-map-open]");
    if (button) open(button.closest("[data-map]").querySelector("[data-map-area]"));
  });
})();
