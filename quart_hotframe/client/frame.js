// A part of a page that loads and goes on by itself.

import { announce } from "./announce.js";
import { emit, warn } from "./events.js";
import { focusOnRefusal } from "./focus.js";
import { applyPatches } from "./patches.js";
import { ask, isDealtWith, setBusy, show, typeOf } from "./request.js";
import { morph } from "./morph.js";
import { parse, parsePage } from "./parse.js";
import { settle, unchanged } from "./fields.js";
import { showPage } from "./navigation.js";
import { withAssets } from "./assets.js";
import { address, all, focused } from "./page.js";

const watcher = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) target.begin(true);
});

export class Frame extends HTMLElement {
  static observedAttributes = ["src", "loading"];
  #begun = null; // the src that was loaded, or is being loaded
  #newest = null; // the AbortController of what is loading
  #url = null; // what it shows, when it went on from its src

  connectedCallback() {
    this.begin();
  }

  connectedMoveCallback() {}

  disconnectedCallback() {
    if (this.#newest) this.#begun = null;
    this.#newest?.abort();
    watcher.unobserve(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.begin();
  }

  /** Load the `src`, unless that was done; a lazy frame waits until it is seen. */
  begin(seen = false) {
    const src = this.getAttribute("src");
    if (!src || src === this.#begun) return;
    if (this.getAttribute("loading") === "lazy" && !seen) return watcher.observe(this);
    watcher.unobserve(this);
    this.#begun = src;
    this.load(src);
  }

  /** Load again what it shows, which came with the page unless it was loaded. */
  reload() {
    this.load(this.#url ?? this.getAttribute("src") ?? location.href);
  }

  /** Say whether a morph leaves the content alone: it was loaded from where the other one would be. */
  isLoadedLike(next) {
    return this.#begun && this.#begun === next.getAttribute("src");
  }

  /** Load an address into this frame; an older request is given up. */
  async load(url, { kind = "frame", element = this, sent, ...options } = {}) {
    this.#newest?.abort();
    const mine = (this.#newest = new AbortController());
    setBusy(this, true);
    this.removeAttribute("data-hf-error");
    try {
      const response = await ask(url, kind, { frame: this.id, ...options, signal: mine.signal });
      if (await isDealtWith(response)) return;
      const { status } = response;
      if (typeOf(response) !== "text/html") return this.#fail({ url, status }, status);
      const html = await response.text();
      if (!mine.signal.aborted) await this.#take(html, response, { element, sent, signal: mine.signal, ...options });
    } catch (error) {
      if (!mine.signal.aborted) this.#fail({ url, error }, "network");
    } finally {
      if (this.#newest === mine) {
        setBusy(this, false);
        this.#newest = null;
      }
    }
  }

  async #take(html, response, { element, sent, method, signal }) {
    let nodes, others = [];
    if (response.headers.get("HF-Frame") === this.id) {
      nodes = parse(html, this);
      others = nodes.filter((node) => node.dataset?.hfAppend); // it stands elsewhere on the page
      nodes = nodes.filter((node) => !others.includes(node));
    } else {
      const page = parsePage(html);
      const frame = all("hf-frame", page).find((one) => one.id === this.id);
      if (!frame) return this.#miss(page, response, { element, sent, method });
      nodes = frame.childNodes;
      await withAssets([page.documentElement]);
    }
    nodes = await withAssets(nodes);
    if (signal.aborted) return;
    const isAnswer = method && !response.redirected; // of a form: it has no address of its own
    const path = (url) => address(url).pathname;
    const keep = isAnswer || path(this.#url ?? this.getAttribute("src")) === path(response.url);
    const fields = sent && unchanged(sent);
    const within = this.contains(focused());
    await show(element, () => {
      morph(this, nodes, { inner: true, keep, sent: response.ok ? fields : undefined });
      if (sent) settle(sent, fields, !response.ok);
    });
    applyPatches(others.map((node) => ({ action: "append", target: node.dataset.hfAppend, html: node.innerHTML })));
    if (!isAnswer) this.#url = response.url;
    if (within && !this.contains(focused())) this.#focus();
    if (sent && !response.ok) focusOnRefusal(this, sent, fields);
    if (this.hasAttribute("hf-announce")) announce(this.getAttribute("hf-announce") || this.innerText);
    emit(this, "hf:load", { url: response.url });
  }

  /** Let the keyboard go on in the frame when what had the focus is gone. */
  #focus() {
    const first = this.querySelector("[autofocus]");
    if (!first) this.tabIndex = -1;
    (first ?? this).focus({ preventScroll: true });
  }

  /** Answer for a page without this frame: it is shown as a whole, unless it is an error. */
  #miss(page, response, options) {
    const { status, url } = response;
    if (status >= 400 && status !== 422) return this.#fail({ url, status }, status);
    warn(`${url} has no <hf-frame id="${this.id}">.`);
    if (emit(this, "hf:missing-frame", { url, status })) return showPage(page, response, options);
  }

  #fail(detail, word) {
    this.setAttribute("data-hf-error", word);
    warn(`${detail.url}: ${detail.error ?? detail.status}`);
    emit(this, "hf:error", detail);
  }
}

const sheet = new CSSStyleSheet();
sheet.replaceSync(":where(hf-frame){display:block}");
document.adoptedStyleSheets.push(sheet);
