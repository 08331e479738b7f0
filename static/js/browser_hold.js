// Where a box office ties the basket to the visitor's own cookie, this browser asks it: one call after the other, then
// the whole basket. What it heard goes back to the shop, which says what to ask next or where to go.
// Without this script the page offers the box office's own page.
(() => {
  "use strict";
  const section = document.querySelector("[data-ask]");
  if (!section || section.dataset.begun) return;
  section.dataset.begun = "1";
  const GIVE_UP = 30000; // one call
  const LARGE = 200000; // characters the shop takes: what the changes answered is left out first
  const words = section.querySelector("[data-ask-words]");
  const pause = (seconds) => new Promise((done) => { setTimeout(done, seconds * 1000); });

  async function call(method, url, body) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), GIVE_UP);
    try {
      const answer = await fetch(url, {
        method,
        mode: "cors",
        credentials: "include",
        cache: "no-store",
        signal: stop.signal,
        ...(body === null || body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
      });
      const text = await answer.text();
      let found = null;
      try { found = JSON.parse(text); } catch { /* a page, or nothing: no JSON */ }
      return { status: answer.status, body: found, host: new URL(answer.url || url).host };
    } catch {
      return { status: 0, body: null, host: "" }; // no answer, or none that this page may see
    } finally {
      clearTimeout(timer);
    }
  }

  async function ask(request) {
    if (request.wait) await pause(request.wait);
    const calls = [];
    for (const one of request.calls) {
      const { status, body } = await call(one.method, one.url, one.body);
      calls.push({ status, body });
      if (!status) break; // it may have happened: only the reading tells
    }
    const { host, ...read } = await call("GET", request.read, null);
    return { step: request.step, host, calls, read };
  }

  async function tell(answer) {
    let text = JSON.stringify(answer);
    if (text.length > LARGE) {
      text = JSON.stringify({ ...answer, calls: answer.calls.map(({ status }) => ({ status, body: null })) });
    }
    const said = await fetch(section.dataset.heard, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": section.dataset.token },
      body: text,
    });
    return said.json();
  }

  async function run() {
    let request = JSON.parse(section.dataset.ask);
    try {
      while (request) {
        const said = await tell(await ask(request));
        if (said.say && words) words.textContent = said.say;
        if (said.go) location.replace(said.go);
        request = said.next;
      }
    } catch {
      // the shop itself did not answer: opened again, this page reads the basket and asks for nothing twice
      section.querySelector("[data-ask-going]").hidden = true;
      section.querySelector("[data-ask-failed]").hidden = false;
    }
  }

  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  run();
})();
