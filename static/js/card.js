// The card form: mounts the payment company's own fields, confirms once, and tells what came of it.
// Everything it needs is in data- attributes of #card-form; what was paid is decided by the server alone.
// With `intentUrl` (our own till) there is nothing to pay yet: pressing "Pay" asks the server for it, which checks
// the tickets once more. Without, the seller has made it already and `clientSecret` stands in the page.
(() => {
  "use strict";
  const form = document.getElementById("card-form");
  if (!form) return;
  const { publishableKey, returnUrl, thanksUrl, intentUrl, language, scriptUrl } = form.dataset;
  const button = document.getElementById("card-pay");
  const retry = document.getElementById("card-retry");
  const problem = document.getElementById("card-problem");
  const label = [...button.childNodes];
  let stripe = null;
  let elements = null;
  let paying = false;
  let clientSecret = form.dataset.clientSecret || "";

  function say(text) {
    document.getElementById("card-problem-text").textContent = text;
    problem.hidden = !text;
    if (text) problem.focus();
  }
  function busy(on) {
    paying = on;
    button.classList.toggle("busy", on);
    button.setAttribute("aria-disabled", String(on));
    if (on) button.replaceChildren(form.dataset.wordsBusy);
    else button.replaceChildren(...label);
  }
  function leave(address) {
    paying = true; // no second press while the page goes
    location.replace(address);
  }
  // an intent that is paid or on its way must not be confirmed again: the return page asks the box office
  function isDone(intent) {
    return Boolean(intent) && ["succeeded", "processing", "requires_capture"].includes(intent.status);
  }

  // --- loading ------------------------------------------------------------------------------------------
  function unloaded() {
    button.disabled = true;
    retry.hidden = false;
    const loading = document.getElementById("card-loading");
    if (loading) loading.hidden = true;
    say(form.dataset.wordsUnloaded);
  }
  // what the fields say of a wrong answer makes their frame taller: the room for it is kept, so that no button
  // below moves away under a finger
  const ROOM = 64; // pixels
  function reserve() {
    const place = document.getElementById("card-element");
    place.style.minBlockSize = "";
    place.style.minBlockSize = `${place.offsetHeight + ROOM}px`;
  }
  function ready() {
    const loading = document.getElementById("card-loading");
    if (loading) loading.remove();
    retry.hidden = true;
    say("");
    button.disabled = false;
    reserve();
  }
  function look() {
    const style = getComputedStyle(document.body);
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    return { theme: dark ? "night" : "stripe", variables: { fontFamily: style.fontFamily, fontSizeBase: style.fontSize } };
  }
  async function mount() {
    if (typeof window.Stripe !== "function") { unloaded(); return; }
    try {
      stripe = window.Stripe(publishableKey, { locale: language });
      if (intentUrl) {
        const { amount, currency, captureMethod } = form.dataset;
        elements = stripe.elements({ mode: "payment", amount: Number(amount), currency, captureMethod, appearance: look() });
      } else {
        const found = await stripe.retrievePaymentIntent(clientSecret);
        if (isDone(found.paymentIntent)) { leave(returnUrl); return; }
        if (found.paymentIntent && found.paymentIntent.status === "canceled") { leave(thanksUrl); return; }
        elements = stripe.elements({ clientSecret, appearance: look() });
      }
      const card = elements.create("payment");
      card.on("ready", ready);
      card.on("loaderror", unloaded);
      card.mount("#card-element");
    } catch {
      unloaded();
    }
  }
  retry.addEventListener("click", () => {
    say("");
    retry.hidden = true;
    if (typeof window.Stripe === "function") { mount(); return; }
    const script = document.createElement("script");
    script.src = scriptUrl;
    script.addEventListener("load", mount);
    script.addEventListener("error", unloaded);
    document.head.append(script);
  });

  // --- paying -------------------------------------------------------------------------------------------
  const PATIENCE = 20; // times that the server may say that somebody is at it
  function pause(seconds) {
    return new Promise((done) => { setTimeout(done, seconds * 1000); });
  }
  // Our server checks the tickets and makes the payment, or says why not. True where there is something to confirm.
  async function asked() {
    for (let turn = 0; turn < PATIENCE; turn += 1) {
      let found = null;
      try {
        const body = new URLSearchParams(new FormData(form));
        body.set("shown", form.dataset.amount);
        const answer = await fetch(intentUrl, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "error" });
        found = await answer.json();
      } catch { /* not reached, or no answer of ours: nothing was begun that another press would double */ }
      if (found && found.secret) { clientSecret = found.secret; return true; }
      if (found && found.go) { leave(found.go); return false; }
      if (!found || !found.wait) {
        busy(false);
        say((found && found.say) || form.dataset.wordsUnasked);
        return false;
      }
      await pause(found.wait);
    }
    busy(false);
    say(form.dataset.wordsBusyElsewhere);
    return false;
  }
  async function refused(error) {
    if (isDone(error.payment_intent)) { leave(returnUrl); return; }
    if (error.code === "payment_intent_unexpected_state") { leave(thanksUrl); return; }
    if (error.type === "card_error" || error.type === "validation_error") {
      busy(false);
      const refusal = error.type === "card_error" ? ` ${form.dataset.wordsUncharged}` : "";
      say(error.message ? error.message + refusal : form.dataset.wordsFailed);
      return;
    }
    // the answer may have been lost on its way: ask what became of it before anybody presses again
    try {
      const found = await stripe.retrievePaymentIntent(clientSecret);
      if (isDone(found.paymentIntent)) { leave(returnUrl); return; }
      if (found.paymentIntent) { busy(false); say(form.dataset.wordsFailed); return; }
    } catch { /* not even that: the waiting page asks the box office */ }
    say(form.dataset.wordsUnsure);
    setTimeout(() => leave(thanksUrl), 4000);
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (paying || !elements || button.disabled) return;
    busy(true);
    say("");
    try {
      const checked = await elements.submit();
      if (checked.error) { busy(false); say(checked.error.message); return; }
      if (intentUrl && !await asked()) return;
      const own = intentUrl ? { clientSecret } : {};
      const answer = await stripe.confirmPayment({ elements, ...own, confirmParams: { return_url: returnUrl } });
      if (answer.error) await refused(answer.error); // on success the page has left already
    } catch {
      await refused({ type: "api_connection_error" });
    }
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  form.hidden = false;
  mount();
})();
