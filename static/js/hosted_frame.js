// The box office's own checkout stands in a frame. It says how tall it is and what is in its basket; an order number or
// a basket that was emptied is a hint, told to the shop, which asks the box office itself.
// Without this script the frame keeps its height and scrolls, and the forms below it do the rest.
(() => {
  "use strict";
  let section = null; // this runs before the frame is there, so that its first word is not missed
  let frame = null;
  let said = null;
  let empty = null;
  const LEAST = 320;
  const MOST = 12000; // pixels; a page that grows with its own frame ends somewhere
  let full = false; // something was in the basket
  let busy = false;
  let more = false; // something was heard while the shop was being told
  let turn = 0;
  let timer = 0;
  let hints = {};

  const parsed = (text) => {
    try { return JSON.parse(text); } catch { return null; }
  };

  const field = (told, name) => {
    if (!told || typeof told !== "object") return undefined;
    return told[Object.keys(told).find((key) => name.test(key))];
  };

  // How a page tells its height is not documented. Our reading: a text with the name of the measure and a number, or an
  // object with a height.
  function heightOf(data) {
    if (typeof data === "string") {
      const found = /^[a-z]{0,20}height:(\d{2,5})(?:px)?$/i.exec(data.trim());
      if (found) return Number(found[1]);
      if (!data.startsWith("{")) return 0;
    }
    const told = typeof data === "string" ? parsed(data) : data;
    const height = Number(field(told, /height$/i));
    return Number.isFinite(height) ? height : 0;
  }

  // How far below the top of the frame a step begins, in pixels; the express checkout sends it.
  function offsetOf(data) {
    const told = typeof data === "string" && data.startsWith("{") ? parsed(data) : null;
    const offset = field(told, /offset$/i);
    return Number.isFinite(offset) ? offset : null;
  }

  // Which message holds the order number is the venue's own choice of tags: fields that the confirmation page's data
  // layer is documented with, and the name that the payment component gives it.
  function numberOf(data) {
    const told = typeof data === "string" && data.startsWith("{") ? parsed(data) : data;
    if (!told || typeof told !== "object") return "";
    const sale = told.ecommerce || {};
    const found = told.transactionId || sale.transaction_id || told.transaction_id || told.orderId || "";
    return /^[0-9A-Za-z][0-9A-Za-z-]{1,39}$/.test(String(found)) ? String(found) : "";
  }

  // "basketContents:" and JSON, on every load of the frame; who the customer is stays unread.
  function countOf(data) {
    if (typeof data !== "string" || !data.startsWith("basketContents:")) return null;
    const basket = parsed(data.slice("basketContents:".length));
    if (!basket) return null;
    const kinds = ["tickets", "donations", "merchandiseItems", "membershipSubscriptions", "giftVouchers",
      "ticketSubscriptions"];
    return kinds.reduce((sum, kind) => sum + (Array.isArray(basket[kind]) ? basket[kind].length : 0), 0);
  }

  function say(words) {
    said.hidden = !words;
    said.querySelector("[data-words]").textContent = words || "";
  }

  async function tell() {
    if (busy) {
      more = true;
      return;
    }
    busy = true;
    more = false;
    clearTimeout(timer);
    try {
      const answer = await fetch(section.dataset.seen, {
        method: "POST",
        credentials: "same-origin",
        headers: { "X-CSRFToken": section.dataset.token },
        body: new URLSearchParams({ ...hints, part: section.dataset.part, turn: String(turn) }),
      });
      const found = await answer.json();
      if (found.go) {
        location.assign(found.go);
        return;
      }
      if (full) say(found.say);
      turn += 1;
      if (found.again) timer = setTimeout(tell, found.again * 1000);
    } catch {
      turn += 1;
      if (turn < 10) timer = setTimeout(tell, 10000);
    } finally {
      busy = false;
      if (more) tell();
    }
  }

  function heard(data) {
    const height = heightOf(data);
    if (height) {
      frame.style.blockSize = `${Math.min(MOST, Math.max(LEAST, Math.ceil(height) + 2))}px`;
      return;
    }
    const offset = offsetOf(data);
    if (offset !== null) {
      const top = frame.getBoundingClientRect().top + offset;
      if (top < 0) scrollBy({ top, behavior: "instant" });
      return;
    }
    const number = numberOf(data);
    if (number && hints.number !== number) {
      hints = { ...hints, number };
      full = true;
      turn = 0;
      tell();
      return;
    }
    const count = countOf(data);
    if (count === null) return;
    if (count > 0) {
      full = true;
      empty.hidden = true;
      if (!hints.number) {
        hints = {};
        clearTimeout(timer);
        say("");
      }
    } else if (!full) {
      empty.hidden = false; // not seen from here, or paid already: the shop asks, and marks nothing
      if (!turn) tell();
    } else if (!hints.emptied) {
      hints = { ...hints, emptied: "1" };
      turn = 0;
      tell();
    }
  }

  function find() {
    if (frame) return true;
    section = document.querySelector("[data-hosted]");
    frame = section && section.querySelector("iframe");
    if (!frame) return false;
    said = section.querySelector("#hosted-said");
    empty = section.querySelector("#hosted-empty");
    return true;
  }

  addEventListener("message", (event) => {
    if (!find()) return;
    if (event.origin !== section.dataset.origin || event.source !== frame.contentWindow) return;
    heard(event.data);
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
})();
