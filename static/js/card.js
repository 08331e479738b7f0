// The card form: mounts the payment company's own fields, confirms once, and tells what came of it.
// Everything it needs is in data- attributes of #card-form; what was paid is decided by the server alone.
(() => {
  "use strict";
  const form = document.getElementById("card-form");
  if (!form) return;
  const { publishableKey, clientSecret, returnUrl, thanksUrl, language, scriptUrl } = form.dataset;
  const button = document.getElementById("card-pay");
  const retry = document.getElementById("card-retry");
  const problem = document.getElementById("card-problem");
  const label = [...button.childNodes];
  let stripe = null;
  let elements = null;
  let paying = false;

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
      const found = await stripe.retrievePaymentIntent(clientSecret);
      if (isDone(found.paymentIntent)) { leave(returnUrl); return; }
      if (found.paymentIntent && found.paymentIntent.status === "canceled") { leave(thanksUrl); return; }
      elements = stripe.elements({ clientSecret, appearance: look() });
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
      const answer = await stripe.confirmPayment({ elements, confirmParams: { return_url: returnUrl } });
      if (answer.error) await refused(answer.error); // on success the page has left already
    } catch {
      await refused({ type: "api_connection_error" });
    }
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  form.hidden = false;
  mount();
})();
