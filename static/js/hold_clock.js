// The clock of a hold. The server says how many seconds are left; this ticks from there and asks again when the
// page is looked at, when the network is back, and every minute. It never shows more time than it did before.
// Words come from data-* of #clock; without this script the page says "Held for about 7 minutes, until 19:42".
(() => {
  "use strict";
  if (window.foyerClock) return;
  window.foyerClock = true;
  const MARKS = [300, 120, 60]; // when it speaks, in seconds
  let face = null; // the element that is ticked
  let end = 0; // by performance.now(), which no changed wall clock can move
  let spoken = Infinity;
  let over = false;

  const left = () => Math.max(0, Math.ceil((end - performance.now()) / 1000));
  const digits = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

  function say(words) {
    const region = document.getElementById("clock-says") || document.getElementById("live");
    if (!region || !words) return;
    region.textContent = "";
    setTimeout(() => { region.textContent = words; }, 60);
  }

  function draw() {
    const seconds = left();
    const text = face.querySelector(".clock-left");
    if (text) {
      text.textContent = digits(seconds);
      text.setAttribute("aria-hidden", "true"); // the sentence beside it says until when
    }
    const line = face.querySelector(".clock-line");
    if (line) line.value = seconds;
    face.classList.toggle("clock-late", seconds < 120);
    for (const mark of MARKS) {
      if (seconds <= mark && spoken > mark && seconds > mark - 30) say(face.getAttribute(`data-say-${mark / 60}`));
    }
    spoken = Math.min(spoken, seconds);
    if (seconds === 0) finish();
    else ask(seconds);
  }

  function finish() {
    if (over) return;
    over = true;
    face.classList.add("clock-over");
    const words = face.dataset.over;
    const text = face.querySelector(".clock-text");
    if (words && text) text.textContent = words;
    say(words);
    const dialog = document.getElementById("clock-dialog");
    if (dialog && dialog.open) dialog.close();
    // a moment later the server has seen it too: the page shows what is still held, and nothing vanishes
    setTimeout(() => document.dispatchEvent(new CustomEvent("hold-over")), 1500);
  }

  function ask(seconds) {
    const dialog = document.getElementById("clock-dialog");
    if (!dialog || dialog.open || seconds > Number(dialog.dataset.opensAt) || seconds < Number(dialog.dataset.needs)) return;
    const asked = `asked:${face.dataset.deadline || ""}`;
    try {
      if (sessionStorage.getItem(asked)) return;
      sessionStorage.setItem(asked, "1");
    } catch {
      if (dialog.dataset.asked) return;
      dialog.dataset.asked = "1";
    }
    dialog.showModal();
  }

  async function askServer() {
    begin(); // the page may have come this very second
    const url = face && !over && face.dataset.clockUrl;
    if (!url) return;
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!answer.ok) return;
      const told = await answer.json();
      if (told.seconds_left === null) { // emptied in another tab, or over
        document.dispatchEvent(new CustomEvent("hold-over"));
        return;
      }
      end = Math.min(end, performance.now() + told.seconds_left * 1000); // nearer, never further
      draw();
    } catch {
      // offline: it ticks on from what it knows
    }
  }

  function begin() {
    const found = document.querySelector("#clock[data-seconds-left]");
    if (found === face) return;
    face = found;
    if (!face) return;
    end = performance.now() + Number(face.dataset.secondsLeft) * 1000;
    spoken = Infinity;
    over = false;
    draw();
  }

  setInterval(() => {
    begin(); // the page may have swapped it
    if (face && face.isConnected && !over) draw();
  }, 1000);
  setInterval(askServer, 60000);
  addEventListener("focus", askServer);
  addEventListener("online", askServer);
  addEventListener("pageshow", (event) => { if (event.persisted) askServer(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) askServer(); });
  begin();
})();
