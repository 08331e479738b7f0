// What every page does around its forms and links. The pages work without it.
// Words come from the templates: data-busy on the control, data-* on #live for the rest.
(() => {
  "use strict";
  const live = document.getElementById("live");
  const urgent = document.getElementById("live-now");

  // --- say one sentence ---------------------------------------------------------------------------------
  function say(text, region = live) {
    text = (text || "").replace(/\s+/g, " ").trim();
    if (!text || !region) return;
    region.textContent = "";
    setTimeout(() => { region.textContent = text; }, 60); // an emptied region speaks again
  }
  function sayAll(root) {
    const found = (name) => [...(root.matches(`[${name}]`) ? [root] : []), ...root.querySelectorAll(`[${name}]`)]
      .map((each) => each.getAttribute(name) || each.textContent).join(" ");
    say(found("data-live"));
    say(found("data-live-now"), urgent);
  }

  // --- busy controls: words at once, no second press, back again if nothing comes -----------------------
  const GIVE_UP = 45000; // longer than the slowest box office is waited for
  const busy = new Map(); // form or link -> how to undo

  function begin(owner, control) {
    const words = (control && control.dataset.busy) || owner.dataset.busy;
    if (!words) return;
    const nodes = control ? [...control.childNodes] : [];
    if (control) {
      control.style.minInlineSize = `${control.offsetWidth}px`;
      control.setAttribute("aria-disabled", "true");
      control.classList.add("busy");
      control.replaceChildren(words);
    }
    const timer = setTimeout(() => end(owner), GIVE_UP);
    busy.set(owner, () => {
      clearTimeout(timer);
      if (!control) return;
      control.removeAttribute("aria-disabled");
      control.classList.remove("busy");
      control.style.minInlineSize = "";
      control.replaceChildren(...nodes);
    });
    say(words);
  }
  function end(owner) {
    const undo = busy.get(owner);
    busy.delete(owner);
    if (undo) undo();
  }
  addEventListener("submit", (event) => {
    const form = event.target;
    if (busy.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else {
      begin(form, event.submitter || form.querySelector("button[data-busy]"));
    }
  }, true);
  addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[data-busy]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (busy.has(link)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else {
      begin(link, link);
    }
  }, true);
  addEventListener("pageshow", () => [...busy.keys()].forEach(end));
  document.addEventListener("htmx:afterRequest", (event) => {
    const elt = event.detail.requestConfig.elt;
    end(elt);
    if (elt.form) end(elt.form);
    end(elt.closest("form"));
  });

  // --- an answer that did not come, or that is not ours -------------------------------------------------
  function failed(elt) {
    const words = live && live.dataset.failed;
    const old = document.getElementById("failed");
    if (old) old.remove();
    const note = document.createElement("div");
    note.id = "failed";
    note.className = "notice notice-danger";
    note.append(Object.assign(document.createElement("p"), { textContent: words }));
    const near = (elt.closest && elt.closest("form")) || elt;
    if (near.isConnected && near !== document.body) near.before(note);
    else document.getElementById("main").prepend(note);
    say(words, urgent);
  }
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      if (!event.detail.elt.closest("[data-quiet]")) failed(event.detail.elt); // polls try again by themselves
    });
  }
  let at = ""; // id of what had the focus before the page was exchanged
  let used = ""; // id of the control that was used last
  let place = null; // of that control in the window, while a part of the page around it is exchanged
  for (const name of ["click", "change"]) {
    addEventListener(name, (event) => {
      const control = event.target.closest && event.target.closest("a, button, input, select");
      if (control) used = control.id;
    }, true);
  }
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event;
    at = document.activeElement ? document.activeElement.id : "";
    place = null;
    if (!detail.xhr || !detail.shouldSwap) return;
    const asker = detail.requestConfig.elt;
    const text = detail.xhr.responseText || "";
    const whole = /<html[\s>]/i.test(text);
    const chooser = asker.closest("[hx-select]");
    const wanted = chooser && chooser.getAttribute("hx-select").replace(/^#/, "");
    if (whole ? text.includes(`id="${wanted}"`) : text || detail.xhr.status < 400) {
      const control = used && detail.target.id !== "main" && !asker.closest("[data-quiet]") && document.getElementById(used);
      if (control && detail.target.contains(control)) {
        const { style } = document.getElementById("main");
        place = { id: used, top: control.getBoundingClientRect().top };
        style.overflowAnchor = "none"; // or what has the focus pulls the page along
        setTimeout(() => { style.overflowAnchor = ""; }, 500);
      }
      return;
    }
    if (whole && text.includes('id="main"')) { // a page where a piece was asked for: show the page
      detail.target = document.getElementById("main");
      detail.selectOverride = "#main";
      detail.swapOverride = "outerHTML show:window:top";
      const to = new URL(detail.xhr.responseURL || location.href, location.href);
      const asked = new URL(detail.pathInfo.finalRequestPath || location.href, location.href);
      if (to.origin === location.origin && to.pathname !== asked.pathname) history.pushState({ htmx: true }, "", to);
      return;
    }
    detail.shouldSwap = false;
    if (!asker.closest("[data-quiet]")) failed(asker);
  });

  // --- where the eyes go after a swap -------------------------------------------------------------------
  function focus(target, options) {
    if (!target) return;
    if (!target.matches("a[href], button, input, select, textarea, summary, [tabindex]")) target.tabIndex = -1;
    target.focus(options);
  }
  const isLost = () => !document.activeElement || document.activeElement === document.body;
  function stay(root) { // once other scripts have shown what they add: a button of theirs may have had it
    queueMicrotask(() => {
      const same = isLost() && at && document.getElementById(at);
      if (same) same.focus({ preventScroll: true });
      if (isLost()) focus(root.querySelector("[data-focus-after-swap]"));
      const { top, bottom } = document.activeElement.getBoundingClientRect();
      if (top < 0 || bottom > innerHeight) document.activeElement.scrollIntoView({ block: "nearest" });
    });
  }
  function keepPlace() { // what was used stays where it was in the window
    const control = document.getElementById(place.id);
    if (control) {
      if (isLost()) control.focus({ preventScroll: true });
      scrollBy({ top: control.getBoundingClientRect().top - place.top, behavior: "instant" });
    }
    place = null;
  }
  function settle(root) {
    if (!root.isConnected || !root.querySelector) return;
    dress(root);
    if (place && root.querySelector(`#${CSS.escape(place.id)}`)) keepPlace();
    const now = root.matches("[data-focus-now]") ? root : root.querySelector("[data-focus-now]");
    if (now) focus(now);
    else if (root.querySelector("[data-focus-stays]")) stay(root);
    else if (root.id === "main") focus(root.querySelector("h1"), { preventScroll: true });
    else if (isLost() && root.id !== "badge" && !root.closest("[data-quiet]")) {
      focus(root.querySelector("[data-focus-after-swap]")
        || (root.matches("[data-focus-after-swap]") && root)
        || root.querySelector("h1, h2, h3")
        || (root.closest("section, form, main") || document).querySelector("h1, h2, h3"));
    }
    sayAll(root);
  }
  document.addEventListener("htmx:afterSettle", (event) => settle(event.target));
  document.addEventListener("htmx:historyRestore", () => {
    const main = document.getElementById("main");
    dress(main);
    focus(main.querySelector("h1"), { preventScroll: true });
  });

  // --- filters that act when they are changed -----------------------------------------------------------
  let waiting = 0;
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!form || !form.matches("[data-autosubmit]") || event.target.matches("[type=search], [type=text]")) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => form.requestSubmit(), event.target.matches("[type=date]") ? 600 : 50);
  });

  // --- plus and minus beside a number -------------------------------------------------------------------
  function dress(root) {
    for (const box of root.querySelectorAll("[data-stepper]")) {
      const input = box.querySelector("input");
      if (!input || box.querySelector("button")) continue;
      const name = input.labels && input.labels[0] ? input.labels[0].textContent.trim() : input.ariaLabel || "";
      const make = (sign, words, by) => {
        const button = Object.assign(document.createElement("button"), { type: "button", textContent: sign });
        button.setAttribute("aria-label", `${words}: ${name}`);
        button.addEventListener("click", () => {
          const before = input.value;
          if (by > 0) input.stepUp();
          else input.stepDown();
          if (input.value === before) return;
          input.dispatchEvent(new Event("input", { bubbles: true }));
          input.dispatchEvent(new Event("change", { bubbles: true }));
          say(`${name}: ${input.value}`);
        });
        return button;
      };
      const less = make("−", live.dataset.less, -1);
      const more = make("+", live.dataset.more, 1);
      const limits = () => {
        less.setAttribute("aria-disabled", String(input.min !== "" && Number(input.value) <= Number(input.min)));
        more.setAttribute("aria-disabled", String(input.max !== "" && Number(input.value) >= Number(input.max)));
      };
      input.addEventListener("input", limits);
      limits();
      box.prepend(less);
      box.append(more);
    }
  }

  dress(document);
  focus(document.querySelector("[data-focus-now]"));
  const told = document.getElementById("messages"); // of a page that came whole, from a box office's own page
  if (told) setTimeout(() => sayAll(told), 400); // a region that is filled while a page comes is not always heard
})();
