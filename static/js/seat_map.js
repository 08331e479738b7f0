// The map of seats: each seat of the drawing becomes a control that moves with its box in the list, by the same name.
// Without this script the map is a picture, and the list does everything.
(() => {
  "use strict";
  if (window.foyerMap) return;
  window.foyerMap = true;

  const FINE = 24; // px from seat to seat: below this a finger comes closer first
  const CLOSE = 44;
  const PITCH = 24; // units of the drawing from seat to seat
  const SEAT = 18;
  const SVG = "http://www.w3.org/2000/svg";
  const live = document.getElementById("live");
  const say = (text) => {
    live.textContent = "";
    setTimeout(() => { live.textContent = text; }, 60);
  };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const maps = new WeakMap();

  class SeatMap {
    constructor(root) {
      this.root = root;
      this.svg = root.querySelector("[data-map-svg]");
      this.scroll = root.querySelector("[data-map-scroll]");
      this.card = root.querySelector("[data-map-card]");
      this.areas = root.querySelector("[data-map-area]");
      this.form = root.closest("form");
      this.boxes = new Map([...this.form.querySelectorAll("input[name=seat]")].map((box) => [box.value, box]));
      this.bySeat = new Map();
      this.full = this.svg.viewBox.baseVal.width;
      this.seats = [...this.svg.querySelectorAll(".s[data-seat]")].filter((seat) => this.boxes.has(seat.dataset.seat));
      root.querySelector("[data-map-tools]").hidden = !this.seats.length;
      root.classList.add("ready");
      this.at = null;
      this.kept = new Map(); // area -> rows of what can be stepped on
      this.scale = 0;
      for (const button of document.querySelectorAll(".seat-filter-do")) button.hidden = true; // its form acts by itself
      if (this.seats.length) this.dress();
      if (window.requestIdleCallback) { // before the first key asks for them
        requestIdleCallback(() => { for (const area of this.svg.querySelectorAll("[data-area]")) this.rows(area); });
      }
      this.begin();
      this.listen();
    }

    // --- each seat is a box that is ticked or not ---------------------------------------------------------------
    dress() {
      this.svg.removeAttribute("aria-hidden");
      this.svg.setAttribute("role", "application");
      this.svg.setAttribute("aria-label", this.svg.dataset.label);
      for (const text of this.svg.querySelectorAll("text, polygon, .map-stage, .t")) text.setAttribute("aria-hidden", "true");
      for (const seat of this.seats) {
        const box = this.boxes.get(seat.dataset.seat);
        this.bySeat.set(box.value, seat);
        seat.setAttribute("role", "checkbox");
        seat.setAttribute("aria-label", box.getAttribute("aria-label"));
        seat.setAttribute("tabindex", "-1");
        this.show(seat, box.checked);
      }
      this.stand(this.seats.find((seat) => seat.getAttribute("aria-checked") === "true") || this.seats[0]);
    }
    show(seat, chosen) {
      seat.setAttribute("aria-checked", String(chosen));
      const old = seat.nextElementSibling;
      if (old && old.matches(".tick")) old.remove();
      if (!chosen) return;
      const tick = document.createElementNS(SVG, "path");
      tick.setAttribute("class", "tick");
      tick.setAttribute("aria-hidden", "true");
      tick.setAttribute("d", `M${seat.x.baseVal.value + 4.5} ${seat.y.baseVal.value + 9.5}l3.2 3.4 5.8-7`);
      seat.after(tick);
    }
    stand(seat) {
      if (this.at) this.at.setAttribute("tabindex", "-1");
      this.at = seat;
      if (seat) seat.setAttribute("tabindex", "0");
    }
    go(seat) {
      if (!seat) return;
      this.into(seat);
      this.stand(seat);
      seat.focus({ preventScroll: true });
    }
    choose(seat) {
      const box = this.boxes.get(seat.dataset.seat);
      if (!box) return;
      box.checked = !box.checked;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
    changed(box) {
      const seat = this.bySeat.get(box.value);
      if (!seat) return;
      this.show(seat, box.checked);
      if (this.beside === seat) this.card.textContent = this.words(seat);
    }
    words(one) { // a name says "free" beside a state that is read out; the card has no other state
      const { free, chosen } = this.root.dataset;
      const name = one.getAttribute("aria-label") || "";
      return one.getAttribute("aria-checked") === "true" ? name.replace(`, ${free}`, `, ${chosen}`) : name;
    }

    // --- taken seats: left out unless they are asked for -----------------------------------------------------------
    taken(wanted) {
      this.kept.clear();
      for (const dot of this.svg.querySelectorAll(".t[data-number]")) {
        if (wanted) {
          dot.removeAttribute("aria-hidden");
          dot.setAttribute("role", "checkbox");
          dot.setAttribute("aria-checked", "false");
          dot.setAttribute("aria-disabled", "true");
          dot.setAttribute("tabindex", "-1");
          dot.setAttribute("aria-label", fill(this.root.dataset.taken, {
            row: dot.closest("[data-row]").dataset.row, number: dot.dataset.number, area: dot.closest("[data-area]").dataset.area,
          }));
        } else {
          for (const name of ["role", "aria-checked", "aria-disabled", "tabindex", "aria-label"]) dot.removeAttribute(name);
          dot.setAttribute("aria-hidden", "true");
        }
      }
      if (!wanted && this.at && this.at.matches(".t")) this.stand(this.seats[0]);
    }
    // --- keys -------------------------------------------------------------------------------------------------
    middle(one) { // from its own numbers: asking where it is drawn would lay out the page at every key
      if (one.cx) return { x: one.cx.baseVal.value, y: one.cy.baseVal.value };
      return { x: one.x.baseVal.value + SEAT / 2, y: one.y.baseVal.value + SEAT / 2 };
    }
    rows(area) { // from the stage on, each from left to right; kept, for nothing but taken seats comes and goes
      if (!this.kept.has(area)) this.kept.set(area, this.rowsOf(area));
      return this.kept.get(area);
    }
    rowsOf(area) {
      const found = [...area.querySelectorAll("[data-row]")].map((row) => {
        const stops = [...row.querySelectorAll("[role=checkbox]")].map((one) => ({ one, ...this.middle(one) })).sort((a, b) => a.x - b.x);
        return { stops, y: stops.reduce((sum, stop) => sum + stop.y, 0) / (stops.length || 1) };
      });
      return found.filter((row) => row.stops.length).sort((a, b) => a.y - b.y);
    }
    key(event) {
      const { key } = event;
      if (!this.at || event.altKey || event.metaKey) return false;
      if (key === " " || key === "Enter") {
        if (this.at.matches(".s")) this.choose(this.at);
        return true;
      }
      if (key === "Escape") return this.escape();
      const rows = this.rows(this.at.closest("[data-area]"));
      const row = rows.findIndex((each) => each.stops.some((stop) => stop.one === this.at));
      if (row < 0) return false;
      const { stops } = rows[row];
      const place = stops.findIndex((stop) => stop.one === this.at);
      const step = (by) => {
        if (stops[place + by]) this.go(stops[place + by].one);
        else say(this.root.dataset.rowEnd);
      };
      const rise = (by) => {
        const next = rows[row + by];
        if (!next) return say(this.root.dataset.noRow);
        const here = stops[place].x;
        return this.go(next.stops.reduce((best, stop) => (Math.abs(stop.x - here) < Math.abs(best.x - here) ? stop : best)).one);
      };
      const keys = {
        ArrowLeft: () => step(-1),
        ArrowRight: () => step(1),
        ArrowUp: () => rise(-1),
        ArrowDown: () => rise(1),
        PageUp: () => rise(-1),
        PageDown: () => rise(1),
        Home: () => this.go(event.ctrlKey ? rows[0].stops[0].one : stops[0].one),
        End: () => this.go(event.ctrlKey ? rows.at(-1).stops.at(-1).one : stops.at(-1).one),
      };
      if (!keys[key] || (event.ctrlKey && key !== "Home" && key !== "End") || event.shiftKey) return false;
      keys[key]();
      return true;
    }
    escape() {
      if (!this.card.hidden) {
        this.card.hidden = true;
        this.still = this.at; // it stays closed while the focus stays
        return true;
      }
      if (this.scale > this.least() * 1.01) {
        this.zoom(this.least());
        return true;
      }
      return false;
    }

    near(event) { // a finger between seats means the one that is nearer
      const view = this.svg.getBoundingClientRect();
      const x = (event.clientX - view.left) / this.scale;
      const y = (event.clientY - view.top) / this.scale;
      let found = null;
      let least = PITCH / 2;
      for (const seat of this.seats) {
        const far = Math.max(Math.abs(seat.x.baseVal.value + SEAT / 2 - x), Math.abs(seat.y.baseVal.value + SEAT / 2 - y));
        if (far <= least) [found, least] = [seat, far];
      }
      return found;
    }

    // --- the card beside a seat ------------------------------------------------------------------------------------
    where(one) { // asked for before anything changes, or the page is laid out twice for one choice
      return { frame: this.card.parentElement.getBoundingClientRect(), seat: one.getBoundingClientRect() };
    }
    tell(one, { frame, seat } = this.where(one)) {
      if (this.still === one) return;
      this.still = null;
      this.beside = one;
      this.spot = seat;
      this.card.textContent = this.words(one);
      this.card.hidden = !this.card.textContent;
      const above = seat.top - frame.top > frame.height / 2;
      const width = Math.min(260, frame.width - 16);
      this.card.style.inlineSize = `${width}px`;
      this.card.style.left = `${Math.max(8, Math.min(frame.width - width - 8, seat.left - frame.left + seat.width / 2 - width / 2))}px`;
      this.card.style.top = above ? "" : `${seat.bottom - frame.top + 8}px`;
      this.card.style.bottom = above ? `${frame.bottom - seat.top + 8}px` : "";
    }

    // --- closer, further, about ---------------------------------------------------------------------------------------
    wide() { return Math.min(1.4, this.scroll.clientWidth / this.full) || 1; }
    least() { // the whole house
      const most = parseFloat(getComputedStyle(this.scroll).maxHeight) || Infinity;
      return Math.min(this.wide(), most / this.svg.viewBox.baseVal.height);
    }
    begin() { // as wide as the frame, but no seat smaller than it need be
      this.zoom(this.seats.length ? Math.max(this.least(), Math.min(this.wide(), 1)) : this.least());
      this.scroll.scrollLeft = (this.full * this.scale - this.scroll.clientWidth) / 2;
    }
    fit() { this.zoom(this.least()); }
    zoom(scale, about) {
      const most = Math.max(this.least(), (CLOSE + 4) / PITCH, 2);
      const next = Math.max(this.least(), Math.min(most, scale));
      const view = this.scroll.getBoundingClientRect();
      const point = about || { x: view.left + view.width / 2, y: view.top + view.height / 2 };
      const before = this.svg.getBoundingClientRect();
      const at = this.scale ? { x: (point.x - before.left) / this.scale, y: (point.y - before.top) / this.scale } : null;
      this.scale = next;
      this.svg.style.width = `${this.full * next}px`;
      this.svg.style.height = "auto";
      if (at) {
        this.scroll.scrollLeft = at.x * next - (point.x - view.left);
        this.scroll.scrollTop = at.y * next - (point.y - view.top);
      }
      this.card.hidden = true;
    }
    into(one) { // in sight, with room around it
      const view = this.scroll.getBoundingClientRect();
      const seat = one.getBoundingClientRect();
      const room = 48;
      if (seat.left < view.left + room) this.scroll.scrollLeft -= view.left + room - seat.left;
      if (seat.right > view.right - room) this.scroll.scrollLeft += seat.right - view.right + room;
      if (seat.top < view.top + room) this.scroll.scrollTop -= view.top + room - seat.top;
      if (seat.bottom > view.bottom - room) this.scroll.scrollTop += seat.bottom - view.bottom + room;
      one.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    pan(where) {
      const by = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] }[where];
      this.scroll.scrollBy({ left: by[0] * this.scroll.clientWidth * 0.6, top: by[1] * this.scroll.clientHeight * 0.6 });
      this.card.hidden = true;
    }

    // --- an area ------------------------------------------------------------------------------------------------------
    area(option) {
      if (option.dataset.href) {
        const list = new URL(option.dataset.href, location.href);
        for (const box of this.boxes.values()) if (box.checked) list.searchParams.append("seat", box.value);
        if (window.htmx) {
          window.htmx.ajax("GET", list.pathname + list.search, { source: this.areas, target: "#picker", select: "#picker", swap: "outerHTML" });
        } else {
          location.assign(list);
        }
        return;
      }
      const part = this.svg.querySelector(`[data-place="${CSS.escape(option.value)}"]`);
      if (!part) {
        this.fit();
        return;
      }
      const first = this.rows(part)[0];
      if (first) this.stand(first.stops[0].one);
      const box = part.getBBox();
      this.zoom(Math.min(this.scroll.clientWidth / (box.width + 2 * PITCH), (CLOSE + 4) / PITCH));
      this.scroll.scrollLeft = (box.x + box.width / 2) * this.scale - this.scroll.clientWidth / 2;
      this.scroll.scrollTop = (box.y - PITCH) * this.scale;
      say(option.textContent);
    }

    listen() {
      this.scroll.addEventListener("keydown", (event) => {
        if (this.key(event)) {
          event.preventDefault();
          event.stopPropagation();
        }
      });
      this.scroll.addEventListener("click", (event) => {
        const seat = event.target.closest(".s[data-seat]") || this.near(event);
        const small = PITCH * this.scale < FINE && event.pointerType === "touch";
        if (small && this.seats.length) {
          event.preventDefault();
          this.zoom(CLOSE / PITCH, { x: event.clientX, y: event.clientY });
          return;
        }
        if (!seat || seat.matches(".off") || !this.boxes.has(seat.dataset.seat)) return;
        this.still = null;
        const where = this.where(seat);
        this.stand(seat);
        seat.focus({ preventScroll: true });
        this.choose(seat);
        this.tell(seat, where);
      });
      this.scroll.addEventListener("focusin", (event) => {
        const one = event.target.closest("[role=checkbox]");
        if (one) {
          this.stand(one);
          if (event.target.matches(":focus-visible")) this.tell(one);
        }
      });
      this.scroll.addEventListener("focusout", () => {
        this.card.hidden = true;
        this.still = null;
      });
      this.scroll.addEventListener("pointerover", (event) => {
        const one = event.target.closest("[role=checkbox]");
        if (event.pointerType === "mouse" && one) this.tell(one);
      });
      this.root.querySelector(".map-frame").addEventListener("pointerleave", () => {
        if (document.activeElement !== this.at) this.card.hidden = true;
      });
      this.scroll.addEventListener("scroll", () => { // the card stays beside the seat that has the focus
        if (this.card.hidden) return;
        const where = this.where(this.at);
        if (this.beside === this.at && where.seat.left === this.spot.left && where.seat.top === this.spot.top) return;
        this.card.hidden = true;
        if (document.activeElement === this.at) this.tell(this.at, where);
      }, { passive: true });
      this.scroll.addEventListener("wheel", (event) => {
        if (!event.ctrlKey) return; // the page scrolls; a pinch on a trackpad comes as wheel and Ctrl
        event.preventDefault();
        this.zoom(this.scale * (event.deltaY < 0 ? 1.15 : 1 / 1.15), { x: event.clientX, y: event.clientY });
      }, { passive: false });
      this.root.addEventListener("click", (event) => {
        const button = event.target.closest("[data-zoom], [data-pan]");
        if (!button) return;
        if (button.dataset.pan) this.pan(button.dataset.pan);
        else if (button.dataset.zoom === "all") this.fit();
        else this.zoom(this.scale * (button.dataset.zoom === "in" ? 1.5 : 1 / 1.5));
      });
      const dots = this.root.querySelector("[data-map-taken]");
      if (dots) dots.addEventListener("change", () => this.taken(dots.checked));
      if (this.areas) this.areas.addEventListener("change", () => this.area(this.areas.selectedOptions[0]));
      new ResizeObserver(() => {
        if (this.svg.isConnected && this.scale < this.least()) this.fit();
      }).observe(this.scroll);
    }
  }

  function begin() {
    for (const root of document.querySelectorAll("[data-map]")) {
      if (!maps.has(root)) maps.set(root, new SeatMap(root));
    }
  }
  document.addEventListener("change", (event) => {
    if (!event.target.matches("input[name=seat]")) return;
    const root = event.target.form && event.target.form.querySelector("[data-map]");
    if (root && maps.has(root)) maps.get(root).changed(event.target);
  });
  document.addEventListener("htmx:afterSettle", begin);
  document.addEventListener("htmx:historyRestore", begin);
  addEventListener("pageshow", begin);
  begin();
})();
