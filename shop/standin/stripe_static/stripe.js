// window.Stripe of the stand-in: the part of Stripe.js that a page with a Payment Element uses.
// Card data never reaches this script: the fields live in a frame of another origin, which talks to the API
// itself. Where the API is follows from this script's own address.
(function () {
  "use strict";
  if (window.Stripe) return;
  const base = document.currentScript.src.replace(/\/[^/]+\/stripe\.js(\?.*)?$/, "");
  const origin = new URL(base).origin;
  const darkness = window.matchMedia("(prefers-color-scheme: dark)");
  let frames = 0;

  class IntegrationError extends Error {
    constructor(message) {
      super(message);
      this.name = "IntegrationError";
    }
  }

  const generic = {
    type: "api_connection_error",
    message: "We are experiencing issues connecting to our payments provider. You have not been charged. "
      + "Please check your internet connection and try again.",
  };

  // ---- the API, as a publishable key may use it

  async function retrieve(key, clientSecret) {
    const id = idOf(clientSecret);
    const query = `key=${encodeURIComponent(key)}&client_secret=${encodeURIComponent(clientSecret)}`;
    try {
      const answer = await fetch(`${base}/v1/payment_intents/${encodeURIComponent(id)}?${query}`);
      const body = await answer.json();
      return body.error ? { error: body.error } : { paymentIntent: body };
    } catch (problem) {
      return { error: { ...generic } };
    }
  }

  function idOf(clientSecret) {
    const found = /^(pi_[A-Za-z0-9]+)_secret_[A-Za-z0-9]+$/.exec(String(clientSecret));
    if (!found) {
      throw new IntegrationError(
        "Invalid value for clientSecret: value should be a client secret of the form ${id}_secret_${secret}. "
        + `You specified: ${clientSecret}.`);
    }
    return found[1];
  }

  // ---- one element in one frame

  class PaymentElement {
    constructor(elements, options) {
      this._elements = elements;
      this._options = options || {};
      this._listeners = new Map();
      this._calls = new Map();
      this._lastCall = 0;
      this._state = "unmounted";
    }

    mount(place) {
      if (this._state === "destroyed") throw new IntegrationError("This Element has already been destroyed.");
      const node = typeof place === "string" ? document.querySelector(place) : place;
      if (!node) {
        throw new IntegrationError(`The selector you specified (${place}) applies to no DOM elements that are `
          + "currently on the page. Make sure the element exists on the page before calling mount().");
      }
      if (this._frame) this.unmount();
      this._container = node;
      node.replaceChildren();
      node.classList.add("StripeElement");
      const frame = document.createElement("iframe");
      frames += 1;
      frame.name = `__privateStripeFrame${frames}`;
      frame.title = "Secure payment input frame";
      frame.allow = "payment *";
      frame.setAttribute("scrolling", "no");
      // Only through the object model: a style attribute would be stopped by a page without unsafe-inline.
      Object.assign(frame.style, {
        border: "0", margin: "-4px", padding: "0", width: "calc(100% + 8px)", minWidth: "100%", display: "block",
        height: "1px", overflow: "hidden", colorScheme: this._elements._scheme(node),
      });
      this._frame = frame;
      this._state = "loading";
      this._heard = (event) => this._hear(event);
      window.addEventListener("message", this._heard);
      frame.src = `${base}/element`;
      node.appendChild(frame);
      this._lights = () => this._elements._dress(this);
      darkness.addEventListener("change", this._lights);
      this._patience = setTimeout(() => {
        if (this._state === "loading") this._failed({ ...generic });
      }, 30000);
      return this;
    }

    unmount() {
      if (this._heard) window.removeEventListener("message", this._heard);
      if (this._lights) darkness.removeEventListener("change", this._lights);
      clearTimeout(this._patience);
      if (this._frame) this._frame.remove();
      if (this._container) this._container.classList.remove("StripeElement");
      if (this._port) this._port.close();
      this._frame = this._port = this._container = undefined;
      if (this._state !== "destroyed") this._state = "unmounted";
      return this;
    }

    destroy() {
      this.unmount();
      this._state = "destroyed";
      this._elements._forget(this);
      return this;
    }

    on(name, callback) {
      if (!this._listeners.has(name)) this._listeners.set(name, new Set());
      this._listeners.get(name).add(callback);
      return this;
    }

    once(name, callback) {
      const single = (event) => { this.off(name, single); callback(event); };
      return this.on(name, single);
    }

    off(name, callback) {
      if (callback === undefined) this._listeners.delete(name);
      else if (this._listeners.has(name)) this._listeners.get(name).delete(callback);
      return this;
    }

    update(options) {
      this._options = { ...this._options, ...options };
      this._tell("update", { options: this._options });
      return this;
    }

    focus() { this._tell("focus"); return this; }
    blur() { this._tell("blur"); return this; }
    clear() { this._tell("clear"); return this; }
    collapse() { return this; }

    _emit(name, event) {
      for (const callback of [...(this._listeners.get(name) || [])]) callback({ elementType: "payment", ...event });
    }

    _failed(error) {
      this._state = "failed";
      this._emit("loaderror", { error });
      if (!this._listeners.has("loaderror")) {
        console.error("Unhandled payment Element loaderror", error.message);
      }
    }

    _hear(event) {
      const frame = this._frame;
      if (!frame || event.origin !== origin || event.source !== frame.contentWindow) return;
      if (!event.data || event.data.standin !== "hello") return;
      if (this._port) {
        // The node was moved, so the browser threw the frame's content away. As with the real one, what the
        // buyer typed is gone and the element can no longer be used.
        this._port.close();
        this._port = undefined;
        this._state = "lost";
        return;
      }
      const channel = new MessageChannel();
      this._port = channel.port1;
      this._port.onmessage = (message) => this._answer(message.data);
      frame.contentWindow.postMessage({ standin: "init", ...this._elements._about(this) }, origin, [channel.port2]);
    }

    _answer(data) {
      if (data.call) {
        const settle = this._calls.get(data.call);
        this._calls.delete(data.call);
        if (settle) settle(data.result);
      } else if (data.name === "height") {
        if (this._frame) this._frame.style.height = `${data.height}px`;
      } else if (data.name === "ready") {
        this._state = "ready";
        clearTimeout(this._patience);
        this._emit("ready", {});
      } else if (data.name === "loaderror") {
        this._failed(data.error);
      } else if (data.name) {
        this._emit(data.name, data.event || {});
      }
    }

    _usable() {
      return this._state === "ready" && this._port && this._frame && this._frame.isConnected;
    }

    _tell(name, more) {
      if (this._port) this._port.postMessage({ name, ...more });
    }

    _ask(name, more) {
      return new Promise((resolve) => {
        this._lastCall += 1;
        this._calls.set(this._lastCall, resolve);
        this._port.postMessage({ name, call: this._lastCall, ...more });
      });
    }
  }

  // ---- a group of elements

  class Elements {
    constructor(stripe, options) {
      this._stripe = stripe;
      this._options = { ...options };
      this._element = null;
      this._submitted = false;
      if (options.clientSecret !== undefined) {
        idOf(options.clientSecret);
        if (options.mode) {
          throw new IntegrationError("Invalid value for elements(): you may pass either clientSecret or mode.");
        }
      } else {
        this._checkDeferred();
      }
    }

    _checkDeferred() {
      const { mode, amount, currency } = this._options;
      if (!["payment", "setup", "subscription"].includes(mode)) {
        throw new IntegrationError("In order to create a payment element, you must pass a clientSecret or mode when "
          + "creating the Elements group.");
      }
      if (mode !== "payment") throw new IntegrationError(`The stand-in knows mode 'payment' only, not '${mode}'.`);
      if (!Number.isInteger(amount) || amount < 1) {
        throw new IntegrationError("Invalid value for elements(): amount should be a positive integer in the "
          + "smallest currency unit.");
      }
      if (!/^[a-z]{3}$/.test(String(currency))) {
        throw new IntegrationError("Invalid value for elements(): currency should be a three-letter code in "
          + `lowercase. You specified: ${currency}.`);
      }
    }

    create(type, options) {
      if (type !== "payment") {
        throw new IntegrationError(`The stand-in has no '${type}' Element; it has 'payment'.`);
      }
      if (this._element) {
        throw new IntegrationError("Can only create one Element of type payment.");
      }
      this._element = new PaymentElement(this, options);
      return this._element;
    }

    getElement(type) {
      const name = typeof type === "string" ? type : "payment";
      return name === "payment" ? this._element : null;
    }

    update(changes) {
      this._options = { ...this._options, ...changes };
      if (this._options.clientSecret === undefined) this._checkDeferred();
      this._submitted = false;
      if (this._element) this._dress(this._element);
    }

    _dress(element) {
      if (!element._frame) return;
      element._frame.style.colorScheme = this._scheme(element._container);
      element._tell("update", this._about(element));
    }

    async fetchUpdates() {
      if (this._options.clientSecret === undefined) {
        throw new IntegrationError("elements.fetchUpdates() needs Elements made with a clientSecret.");
      }
      const found = await retrieve(this._stripe._key, this._options.clientSecret);
      if (found.error) return { error: found.error };
      if (this._element) this._element._tell("update", this._about(this._element));
      return {};
    }

    async submit() {
      const element = this._needElement();
      const result = await element._ask("submit");
      if (!result.error) this._submitted = true;
      return result;
    }

    _needElement() {
      if (!this._element || !this._element._usable()) {
        throw new IntegrationError("We could not retrieve data from the specified Element. Please make sure the "
          + "Element you are attempting to use is still mounted.");
      }
      return this._element;
    }

    _forget(element) {
      if (this._element === element) this._element = null;
    }

    // "night" is dark, every other named theme is light; without a theme the page decides.
    _scheme(node) {
      const theme = (this._options.appearance || {}).theme;
      if (theme) return theme === "night" ? "dark" : "light";
      // What the browser paints text with by itself tells the scheme, whether style sheet, meta tag or
      // attribute chose it.
      const probe = document.createElement("span");
      probe.style.color = "CanvasText";
      node.appendChild(probe);
      const [red, green, blue] = getComputedStyle(probe).color.match(/[\d.]+/g).map(Number);
      probe.remove();
      return red + green + blue > 382 ? "dark" : "light";
    }

    _about(element) {
      const { clientSecret, mode, amount, currency, captureMethod, paymentMethodTypes } = this._options;
      return {
        key: this._stripe._key,
        locale: this._options.locale || this._stripe._locale || "auto",
        clientSecret,
        deferred: clientSecret === undefined ? { mode, amount, currency, captureMethod, paymentMethodTypes } : null,
        appearance: this._options.appearance || {},
        scheme: this._scheme(element._container),
        options: element._options,
      };
    }
  }

  // ---- the bank's question, in a frame over the page

  function challenge(stripe, intent) {
    return new Promise((resolve) => {
      const shade = document.createElement("div");
      shade.setAttribute("role", "dialog");
      shade.setAttribute("aria-modal", "true");
      shade.setAttribute("aria-label", "Secure authentication by your bank");
      Object.assign(shade.style, {
        position: "fixed", inset: "0", zIndex: "2147483647", background: "rgba(20, 18, 24, 0.6)",
        display: "flex", alignItems: "center", justifyContent: "center", padding: "16px", boxSizing: "border-box",
      });
      const frame = document.createElement("iframe");
      frame.name = "stripe-challenge-frame";
      frame.title = "Secure authentication by your bank";
      Object.assign(frame.style, {
        width: "min(400px, 100%)", height: "min(440px, 100%)", border: "0", borderRadius: "8px",
        background: "#ffffff", colorScheme: "light",
      });
      const bank = new URL(intent.next_action.use_stripe_sdk.stripe_js);
      frame.src = origin + bank.pathname + bank.search;
      shade.appendChild(frame);
      const before = document.activeElement;
      let ended = false;
      const end = async () => {
        if (ended) return;
        ended = true;
        clearInterval(look);
        window.removeEventListener("message", heard);
        const found = await retrieve(stripe._key, intent.client_secret);
        shade.remove();
        if (before && before.focus) before.focus();
        resolve(found);
      };
      const heard = (event) => {
        if (event.origin === origin && event.source === frame.contentWindow
            && event.data && event.data.standin === "challenge-done") end();
      };
      // The shop may cancel the intent while the bank still asks: then nobody needs to answer any more.
      const look = setInterval(async () => {
        const found = await retrieve(stripe._key, intent.client_secret);
        if (found.paymentIntent && found.paymentIntent.status !== "requires_action") end();
      }, 2000);
      window.addEventListener("message", heard);
      frame.addEventListener("load", () => frame.focus());
      document.body.appendChild(shade);
    });
  }

  function refusal(intent) {
    if (intent.last_payment_error) return { ...intent.last_payment_error, payment_intent: intent };
    return {
      type: "invalid_request_error",
      code: "payment_intent_unexpected_state",
      message: `This PaymentIntent can no longer be confirmed because it has a status of ${intent.status}.`,
      payment_intent: intent,
    };
  }

  function returnAddress(address, intent, outcome) {
    const target = new URL(address);
    target.searchParams.set("payment_intent", intent.id);
    target.searchParams.set("payment_intent_client_secret", intent.client_secret);
    target.searchParams.set("redirect_status", outcome);
    return target.href;
  }

  const never = () => new Promise(() => {});

  // What to do with an intent that the API answered: finished, to be authenticated, or refused.
  async function carryOn(stripe, intent, { redirect, returnUrl }) {
    if (intent.status === "requires_action" && intent.next_action) {
      if (intent.next_action.type === "redirect_to_url") {
        window.location.assign(intent.next_action.redirect_to_url.url);
        return never();
      }
      const found = await challenge(stripe, intent);
      if (found.error) return found;
      intent = found.paymentIntent;
    }
    if (["succeeded", "requires_capture", "processing"].includes(intent.status)) {
      if (redirect === "if_required") return { paymentIntent: intent };
      window.location.assign(
        returnAddress(returnUrl, intent, intent.status === "processing" ? "pending" : "succeeded"));
      return never();
    }
    return { error: refusal(intent) };
  }

  // ---- window.Stripe

  class StripeObject {
    constructor(key, options) {
      this._key = key;
      this._locale = (options || {}).locale;
    }

    elements(options) {
      return new Elements(this, options || {});
    }

    async retrievePaymentIntent(clientSecret) {
      return retrieve(this._key, clientSecret);
    }

    async handleNextAction({ clientSecret }) {
      const found = await retrieve(this._key, clientSecret);
      if (found.error) return found;
      if (found.paymentIntent.status !== "requires_action") {
        return found.paymentIntent.status === "requires_payment_method"
          ? { error: refusal(found.paymentIntent) } : found;
      }
      return carryOn(this, found.paymentIntent, { redirect: "if_required" });
    }

    async confirmPayment({ elements, clientSecret, confirmParams, redirect = "always" } = {}) {
      if (!(elements instanceof Elements)) {
        throw new IntegrationError("stripe.confirmPayment() expects an `elements` instance of this Stripe object.");
      }
      if (!["always", "if_required"].includes(redirect)) {
        throw new IntegrationError("Invalid value for redirect: it should be 'always' or 'if_required'.");
      }
      const params = confirmParams || {};
      if (redirect === "always" && !params.return_url) {
        throw new IntegrationError("stripe.confirmPayment(): the `confirmParams.return_url` argument is required "
          + "unless you pass redirect: 'if_required'.");
      }
      if (params.return_url !== undefined && !/^https?:\/\/[^/]+/.test(params.return_url)) {
        return { error: { type: "invalid_request_error", code: "url_invalid", param: "return_url",
          message: "Not a valid URL" } };
      }
      const element = elements._needElement();
      const deferred = elements._options.clientSecret === undefined;
      const secret = deferred ? clientSecret : elements._options.clientSecret;
      if (secret === undefined) {
        throw new IntegrationError("stripe.confirmPayment(): `clientSecret` is required when the Elements group was "
          + "made without one.");
      }
      idOf(secret);
      if (deferred && !elements._submitted) {
        throw new IntegrationError("Please call elements.submit() before calling stripe.confirmPayment().");
      }
      const result = await element._ask("confirm", { clientSecret: secret, params });
      if (result.error) return { error: result.error };
      return carryOn(this, result.paymentIntent, { redirect, returnUrl: params.return_url });
    }
  }

  window.Stripe = function Stripe(key, options) {
    if (typeof key !== "string" || key === "") {
      throw new IntegrationError("Missing value for Stripe(): apiKey should be a string.");
    }
    if (/^(sk|rk)_/.test(key)) {
      throw new IntegrationError("You should not use your secret key with Stripe.js. Please pass a publishable key.");
    }
    if (!key.startsWith("pk_test_")) {
      throw new IntegrationError("The stand-in takes publishable test keys only (pk_test_...).");
    }
    return new StripeObject(key, options);
  };
  window.Stripe.version = "endive";
})();
