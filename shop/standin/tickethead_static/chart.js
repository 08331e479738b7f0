// The imitated seating chart of seats.io: the documented names, drawn as a grid of buttons.
(function () {
  "use strict";
  const BASE = document.currentScript.src.replace(/\/chart\.js.*$/, "") + "/browser/";
  const STORED = "seatsio-hold-token";

  async function call(path, body) {
    const given = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const answer = await fetch(BASE + path, given);
    if (!answer.ok) {
      const problem = new Error(`${answer.status}`);
      problem.status = answer.status;
      throw problem;
    }
    return answer.status === 204 ? null : answer.json();
  }

  function made(tag, text, styles) {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    // One property at a time: a strict policy refuses style attributes, not this.
    Object.entries(styles || {}).forEach(([name, value]) => element.style.setProperty(name, value));
    return element;
  }

  class SeatingChart {
    constructor(config) {
      this.config = { ...config };
      this.holdToken = null;
      this.selectedObjects = [];
      this.objects = new Map();
      this.calls = 0;
    }

    render() {
      this.destroyed = false;
      this.container = this.config.container || document.getElementById(this.config.divId);
      this.ready = this.begin().then(
        () => { if (!this.destroyed) this.tell("onChartRendered", this); },
        () => { if (!this.destroyed) this.tell("onChartRenderingFailed", this); },
      );
      return this;
    }

    destroy() {
      this.destroyed = true;
      clearTimeout(this.timer);
      if (this.container) this.container.replaceChildren();
      this.objects.clear();
      this.selectedObjects = [];
    }

    rerender() { this.destroy(); return this.render(); }

    tell(name, ...facts) {
      const listener = this.config[name];
      if (typeof listener === "function") listener(...facts);
    }

    get room() { return encodeURIComponent(this.config.workspaceKey) + "/"; }
    get place() { return this.room + "events/" + encodeURIComponent(this.config.event); }
    get inSession() { return ["start", "continue", "manual"].includes(this.config.session); }

    async begin() {
      if (this.inSession) await this.openSession();
      const asked = this.holdToken ? "?hold_token=" + encodeURIComponent(this.holdToken) : "";
      const { seats } = await call(this.place + asked);
      if (this.destroyed) return;
      this.draw(seats);
      if (this.config.selectedObjects) await this.trySelectObjects(this.config.selectedObjects);
    }

    // The session counts from here, not from the first seat.
    async openSession() {
      const kept = { manual: this.config.holdToken, continue: sessionStorage.getItem(STORED) }[this.config.session];
      let found = null;
      if (kept) {
        found = await call(this.room + "hold-tokens/" + encodeURIComponent(kept)).catch((problem) => {
          if (problem.status !== 404) throw problem;
          return null;
        });
      }
      if (!found && this.config.session === "manual") {
        this.tell("onHoldTokenExpired");
        throw new Error("The hold token has expired");
      }
      found = found || (await call(this.room + "hold-tokens", {}));
      if (this.destroyed) return;
      this.holdToken = found.token;
      if (this.config.session !== "manual") sessionStorage.setItem(STORED, found.token);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.expired(), found.expiresInSeconds * 1000);
      this.tell("onSessionInitialized", found);
    }

    expired() {
      sessionStorage.removeItem(STORED);
      this.selectedObjects.slice().forEach((label) => this.mark(label, false));
      this.holdToken = null;
      this.inputs();
      this.tell("onHoldTokenExpired");
    }

    async startNewSession() {
      await this.clearSelection();
      this.destroy();
      sessionStorage.removeItem(STORED);
      this.config.session = "start";
      this.render();
      await this.ready;
    }

    draw(seats) {
      const plan = made("div", undefined, { overflow: "auto" });
      plan.setAttribute("role", "group");
      plan.setAttribute("aria-label", "Seating chart");
      let section = null, row = null, line = null;
      seats.forEach((seat) => {
        if (section === null || section !== (seat.section || "")) {
          section = seat.section || "";
          row = null;
          if (section) plan.append(made("p", section, { "font-weight": "bold", margin: "8px 0 2px" }));
        }
        if (row !== seat.labels.parent.label) {
          row = seat.labels.parent.label;
          line = made("div", undefined, { display: "flex", gap: "2px", margin: "2px 0" });
          line.append(made("span", row, { width: "24px", flex: "none" }));
          plan.append(line);
        }
        line.append(this.button(seat));
      });
      this.hidden = made("div");
      this.container.replaceChildren(plan, this.hidden);
      this.inputs();
    }

    button(seat) {
      const button = made("button", seat.labels.own.label, {
        width: "28px", height: "28px", padding: "0", flex: "none",
        "margin-right": seat.rightNeighbour ? "0" : "28px",
      });
      button.type = "button";
      button.dataset.label = seat.label;
      const object = {
        label: seat.label, id: seat.label, labels: seat.labels, section: seat.section, entrance: seat.entrance,
        category: { key: seat.categoryKey, label: seat.categoryLabel }, objectType: "Seat", forSale: seat.forSale,
        accessible: seat.isAccessible, companionSeat: seat.isCompanionSeat, restrictedView: seat.hasRestrictedView,
        pricing: this.pricing(seat), status: seat.free ? "free" : seat.mine ? "reservedByToken" : "booked",
        selectable: seat.free || seat.mine, selected: false,
      };
      const price = object.pricing && (this.config.priceFormatter || String)(object.pricing.price);
      button.setAttribute("aria-label", [
        seat.section, "row " + seat.labels.parent.label, "seat " + seat.labels.own.label, seat.categoryLabel, price,
        seat.isAccessible && "wheelchair space", seat.isCompanionSeat && "companion seat",
        seat.hasRestrictedView && "restricted view", !object.selectable && "not available",
      ].filter(Boolean).join(", "));
      button.disabled = !object.selectable;
      button.addEventListener("click", () => this.clicked(object));
      this.objects.set(seat.label, { object, button });
      this.show(seat.label, seat.mine);
      if (seat.mine) this.selectedObjects.push(seat.label);
      return button;
    }

    pricing(seat) {
      const names = [seat.categoryKey, seat.categoryLabel];
      const found = (this.config.pricing || []).find((one) => names.includes(String(one.category)));
      return found ? { price: found.price } : undefined;
    }

    show(label, selected) {
      const { object, button } = this.objects.get(label);
      object.selected = selected;
      button.setAttribute("aria-pressed", String(selected));
      button.style.setProperty("outline", selected ? "3px solid currentColor" : "none");
    }

    mark(label, selected) {
      this.show(label, selected);
      this.selectedObjects = this.selectedObjects.filter((other) => other !== label).concat(selected ? [label] : []);
      this.inputs();
      this.tell(selected ? "onObjectSelected" : "onObjectDeselected", this.objects.get(label).object);
    }

    inputs() {
      if (!this.hidden) return;
      const wanted = this.selectedObjects.map((label) => [this.config.selectedObjectsInputName, label]);
      if (this.holdToken) wanted.push([this.config.holdTokenInputName, this.holdToken]);
      this.hidden.replaceChildren(...wanted.filter(([name]) => name).map(([name, value]) => {
        const input = document.createElement("input");
        Object.assign(input, { type: "hidden", name, value });
        return input;
      }));
    }

    clicked(object) {
      this.tell("onObjectClicked", object);
      if (object.selected) this.deselectObjects([object.label]);
      else this.doSelectObjects([object.label]).catch(() => {});
    }

    // Selected at once; whether the seat is really ours the answer of the hold tells.
    async doSelectObjects(labels) {
      const wanted = labels.map((one) => one.label || one.id || one).filter((label) => {
        const known = this.objects.get(label);
        return known && known.object.selectable && !known.object.selected;
      });
      const most = typeof this.config.maxSelectedObjects === "number" ? this.config.maxSelectedObjects : Infinity;
      if (!wanted.length || this.selectedObjects.length + wanted.length > most) throw new Error("Not selectable");
      if (this.inSession && !this.holdToken) throw new Error("The session has expired");
      wanted.forEach((label) => this.mark(label, true));
      if (!this.inSession) return;
      const objects = wanted.map((label) => this.objects.get(label).object);
      await this.during(async () => {
        try {
          await call(this.place + "/actions/hold", { objects: wanted, holdToken: this.holdToken });
          this.tell("onHoldSucceeded", objects, objects.map(() => null));
        } catch (problem) {
          objects.forEach((object) => {
            if (problem.status === 400) this.gone(object);
            if (object.selected) this.mark(object.label, false);
          });
          this.tell("onHoldFailed", objects, objects.map(() => null));
          throw problem;
        }
      });
    }

    async trySelectObjects(labels) {
      for (const label of labels) await this.doSelectObjects([label]).catch(() => {});
    }

    gone(object) {
      object.status = "booked";
      object.selectable = false;
      const { button } = this.objects.get(object.label);
      button.disabled = true;
      button.setAttribute("aria-label", button.getAttribute("aria-label") + ", not available");
    }

    async deselectObjects(labels) {
      const known = labels.map((one) => one.label || one.id || one).filter((label) => this.selectedObjects.includes(label));
      if (!known.length) return;
      known.forEach((label) => this.mark(label, false));
      if (!this.inSession || !this.holdToken) return;
      const objects = known.map((label) => this.objects.get(label).object);
      await this.during(async () => {
        try {
          await call(this.place + "/actions/release", { objects: known, holdToken: this.holdToken });
          this.tell("onReleaseHoldSucceeded", objects, objects.map(() => null));
        } catch {
          this.tell("onReleaseHoldFailed", objects, objects.map(() => null));
        }
      });
    }

    clearSelection() { return this.deselectObjects(this.selectedObjects.slice()); }

    // Told once when the first call starts and once when the last one is over; one after the other.
    async during(work) {
      if (this.calls++ === 0) this.tell("onHoldCallsInProgress");
      const mine = (this.last || Promise.resolve()).then(work);
      this.last = mine.catch(() => {});
      try {
        return await mine;
      } finally {
        if (--this.calls === 0) this.tell("onHoldCallsComplete");
      }
    }

    async listSelectedObjects() { return this.selectedObjects.map((label) => this.objects.get(label).object); }

    async findObject(label) {
      const known = this.objects.get(label);
      if (!known) throw new Error("Object not found");
      return known.object;
    }

    async listCategories() {
      const found = new Map();
      this.objects.forEach(({ object }) => found.set(object.category.key, object.category));
      return [...found.values()];
    }

    async changeConfig(config) {
      Object.assign(this.config, config);
      this.objects.forEach(({ object }) => {
        object.pricing = this.pricing({ categoryKey: object.category.key, categoryLabel: object.category.label });
      });
    }
  }

  window.seatsio = { ...window.seatsio, SeatingChart };
})();
