// The inside of the payment frame: fields, their checks, and the one call that carries card data.
(function () {
  "use strict";
  const base = window.location.pathname.replace(/\/element$/, "");
  const form = document.getElementById("form");
  const field = (name) => form.elements.namedItem(name);
  const names = ["number", "expiry", "cvc"];
  let port = null;
  let about = {};
  let touched = new Set();
  let lastState = "";

  // ---- what the buyer typed

  const digits = (name) => field(name).value.replace(/\D/g, "");

  function passesCheckDigit(number) {
    let total = 0;
    [...number].reverse().forEach((digit, place) => {
      const value = Number(digit) * (place % 2 ? 2 : 1);
      total += value > 9 ? value - 9 : value;
    });
    return number.length >= 13 && total % 10 === 0;
  }

  function brandOf(number) {
    if (/^3[47]/.test(number)) return "amex";
    if (/^4/.test(number)) return "visa";
    if (/^(5[1-5]|2[2-7])/.test(number)) return "mastercard";
    if (/^6(011|4|5)/.test(number)) return "discover";
    return "";
  }

  function problem(name) {
    const value = digits(name);
    if (name === "number") {
      const length = brandOf(value) === "amex" ? 15 : 16;
      if (value.length < length) return ["incomplete_number", "Your card number is incomplete."];
      if (!passesCheckDigit(value)) return ["invalid_number", "Your card number is invalid."];
    }
    if (name === "expiry") {
      if (value.length < 4) return ["incomplete_expiry", "Your card's expiration date is incomplete."];
      const month = Number(value.slice(0, 2));
      const year = 2000 + Number(value.slice(2));
      const now = new Date();
      if (month < 1 || month > 12) return ["invalid_expiry_month", "Your card's expiration month is invalid."];
      if (year < now.getFullYear() || (year === now.getFullYear() && month < now.getMonth() + 1)) {
        return ["invalid_expiry_year_past", "Your card's expiration year is in the past."];
      }
    }
    if (name === "cvc" && value.length < (brandOf(digits("number")) === "amex" ? 4 : 3)) {
      return ["incomplete_cvc", "Your card's security code is incomplete."];
    }
    return null;
  }

  const method = () => (form.elements.method ? form.elements.method.value : "card");
  const problems = () => (method() === "card" ? names.filter(problem) : []);

  function show() {
    for (const name of names) {
      const found = touched.has(name) ? problem(name) : null;
      const said = document.getElementById(`${name}-error`);
      said.textContent = found ? found[1] : "";
      field(name).setAttribute("aria-invalid", found ? "true" : "false");
    }
    document.getElementById("brand").dataset.brand = brandOf(digits("number"));
    document.getElementById("card").hidden = method() !== "card";
    document.getElementById("eps").hidden = method() !== "eps";
    measure();
    const event = {
      complete: problems().length === 0,
      empty: method() === "card" && names.every((name) => field(name).value === ""),
      collapsed: false,
      value: { type: method() },
    };
    const state = JSON.stringify(event);
    if (state !== lastState && port) {
      lastState = state;
      port.postMessage({ name: "change", event });
    }
  }

  function measure() {
    if (port) port.postMessage({ name: "height", height: Math.ceil(document.body.getBoundingClientRect().height) });
  }

  function group(name) {
    const input = field(name);
    const value = digits(name);
    if (name === "number") {
      const parts = brandOf(value) === "amex"
        ? [value.slice(0, 4), value.slice(4, 10), value.slice(10, 15)]
        : value.slice(0, 16).match(/.{1,4}/g) || [];
      input.value = parts.filter(Boolean).join(" ");
    } else if (name === "expiry") {
      const full = value.length === 1 && Number(value) > 1 ? `0${value}` : value;
      input.value = full.length > 2 ? `${full.slice(0, 2)} / ${full.slice(2, 4)}` : full;
    } else {
      input.value = value.slice(0, 4);
    }
  }

  // ---- the API

  async function api(path, params) {
    const body = params.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
    try {
      const answer = await fetch(`${base}/v1/${path}`, {
        method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body,
      });
      const data = await answer.json();
      return data.error ? { error: data.error } : { paymentIntent: data };
    } catch (failure) {
      return { error: { type: "api_connection_error", message: "We could not reach the payment service. "
        + "You have not been charged as far as we know. Please check your connection and try again." } };
    }
  }

  async function intentOf(clientSecret) {
    const id = clientSecret.split("_secret_")[0];
    const query = `key=${encodeURIComponent(about.key)}&client_secret=${encodeURIComponent(clientSecret)}`;
    const answer = await fetch(`${base}/v1/payment_intents/${id}?${query}`);
    const data = await answer.json();
    return data.error ? { error: data.error } : { paymentIntent: data };
  }

  function firstProblem() {
    const [name] = problems();
    if (!name) return null;
    const [code, message] = problem(name);
    names.forEach((each) => touched.add(each));
    show();
    field(name).focus();
    return { type: "validation_error", code, message };
  }

  // Elements made for an amount must meet an intent of that amount.
  async function mismatch(clientSecret) {
    if (!about.deferred) return null;
    const found = await intentOf(clientSecret);
    if (found.error) return found.error;
    const intent = found.paymentIntent;
    const wanted = about.deferred;
    const manual = (name) => name === "manual";
    for (const [name, same] of [
      ["amount", intent.amount === wanted.amount],
      ["currency", intent.currency === wanted.currency],
      ["capture_method", manual(intent.capture_method) === manual(wanted.captureMethod)],
    ]) {
      if (!same) {
        return { type: "invalid_request_error", code: "payment_intent_invalid_parameter", param: name,
          message: `The provided ${name} does not match the ${name} from the PaymentIntent.` };
      }
    }
    return null;
  }

  async function confirm(clientSecret, params) {
    const wrong = firstProblem() || await mismatch(clientSecret);
    if (wrong) return { error: wrong };
    const id = clientSecret.split("_secret_")[0];
    const expiry = digits("expiry");
    const sent = [["use_stripe_sdk", "true"], ["client_secret", clientSecret], ["key", about.key],
      ["payment_method_data[type]", method()]];
    if (method() === "card") {
      sent.push(["payment_method_data[card][number]", digits("number")],
        ["payment_method_data[card][exp_month]", expiry.slice(0, 2)],
        ["payment_method_data[card][exp_year]", expiry.slice(2)],
        ["payment_method_data[card][cvc]", digits("cvc")]);
    }
    const given = ((params.payment_method_data || {}).billing_details) || {};
    const preset = ((about.options.defaultValues || {}).billingDetails) || {};
    for (const name of ["name", "email", "phone"]) {
      const typed = name === "name" && method() === "eps" ? field("holder").value.trim() : "";
      const value = typed || given[name] || preset[name];
      if (value) sent.push([`payment_method_data[billing_details][${name}]`, value]);
    }
    if (params.return_url) sent.push(["return_url", params.return_url]);
    if (params.receipt_email) sent.push(["receipt_email", params.receipt_email]);
    busy(true);
    const result = await api(`payment_intents/${encodeURIComponent(id)}/confirm`, sent);
    busy(false);
    return result;
  }

  function busy(on) {
    form.setAttribute("aria-busy", String(on));
    for (const input of form.elements) if (input.name) input.readOnly = on;
  }

  // ---- looks

  const VARIABLES = { colorPrimary: "--primary", colorBackground: "--background", colorText: "--text",
    colorTextSecondary: "--quiet", colorDanger: "--danger", borderRadius: "--radius", fontFamily: "--font",
    fontSizeBase: "--size", spacingUnit: "--unit" };

  function dress() {
    const root = document.documentElement;
    root.dataset.scheme = about.scheme || "light";
    const variables = (about.appearance || {}).variables || {};
    for (const [name, property] of Object.entries(VARIABLES)) {
      if (typeof variables[name] === "string") root.style.setProperty(property, variables[name]);
      else root.style.removeProperty(property);
    }
    if (typeof about.locale === "string" && about.locale !== "auto") root.lang = about.locale;
  }

  function offer(types) {
    document.getElementById("methods").hidden = types.length < 2;
    for (const radio of document.querySelectorAll("input[name=method]")) {
      radio.parentElement.hidden = !types.includes(radio.value);
      radio.checked = radio.value === types[0];
    }
  }

  // ---- talking to the page

  async function start() {
    dress();
    if (about.clientSecret) {
      let found;
      try {
        found = await intentOf(about.clientSecret);
      } catch (failure) {
        found = { error: { type: "api_connection_error", message: "We could not reach the payment service." } };
      }
      const state = found.paymentIntent && found.paymentIntent.status;
      const over = ["succeeded", "canceled", "processing", "requires_capture"].includes(state);
      if (found.error || over) {
        const message = `This PaymentIntent is in a terminal state (${state}) and cannot be used to initialize Elements.`;
        const error = found.error || { type: "invalid_request_error", code: "payment_intent_unexpected_state", message };
        document.getElementById("fields").hidden = true;
        document.getElementById("failed").hidden = false;
        measure();
        port.postMessage({ name: "loaderror", error });
        return;
      }
      offer(found.paymentIntent.payment_method_types);
    } else {
      const { currency, captureMethod, paymentMethodTypes } = about.deferred;
      offer(paymentMethodTypes || (currency === "eur" && captureMethod !== "manual" ? ["card", "eps"] : ["card"]));
    }
    show();
    port.postMessage({ name: "ready" });
  }

  async function work(data) {
    if (data.name === "submit") {
      const error = firstProblem();
      return error ? { error } : { selectedPaymentMethod: method() };
    }
    if (data.name === "confirm") return confirm(data.clientSecret, data.params);
    if (data.name === "focus") (method() === "card" ? field("number") : field("holder")).focus();
    if (data.name === "blur" && document.activeElement) document.activeElement.blur();
    if (data.name === "clear") {
      names.forEach((name) => { field(name).value = ""; });
      touched = new Set();
      show();
    }
    if (data.name === "update") {
      const { name, call, ...changes } = data;
      about = { ...about, ...changes };
      dress();
      measure();
    }
    return {};
  }

  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || !event.data || event.data.standin !== "init" || port) return;
    about = event.data;
    port = event.ports[0];
    port.onmessage = async (message) => {
      const result = await work(message.data);
      if (message.data.call) port.postMessage({ call: message.data.call, result });
    };
    start();
  });

  for (const name of names) {
    field(name).addEventListener("input", () => { group(name); show(); });
    field(name).addEventListener("blur", () => { if (field(name).value) touched.add(name); show(); });
  }
  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const button of document.querySelectorAll("button[data-number]")) {
    button.addEventListener("click", () => {
      const amex = brandOf(button.dataset.number) === "amex";
      field("number").value = button.dataset.number;
      field("expiry").value = `12${String(new Date().getFullYear() + 3).slice(2)}`;
      field("cvc").value = amex ? "1234" : "123";
      names.forEach(group);
      show();
    });
  }
  document.getElementById("cards").addEventListener("toggle", measure);
  new ResizeObserver(measure).observe(document.body);
  for (const name of ["focus", "blur"]) {
    window.addEventListener(name, () => { if (port) port.postMessage({ name }); });
  }
  window.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && port) port.postMessage({ name: "escape" });
  });
  if (window.parent !== window) window.parent.postMessage({ standin: "hello" }, "*");
})();
