// What stands in a live page: events to listen to, hooks, and what asks by itself.

import { connect } from "./stream.js";
import { listen, optionsOf, trigger } from "./triggers.js";
import { all, isElement, pageElement } from "./page.js";

const IDLE = 10; // of so many turns, a hidden tab asks once

/** What pages want done to elements with `hf-hook`, by name. */
export const hooks = { __proto__: null };
const hooked = new Map(); // element -> its hook
const polled = new WeakSet();

const viewer = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (isIntersecting || "now" in optionsOf(target)) trigger(target, "hf-view");
  }
});

/** Take note of the events that are named in a tree. */
function scan(root) {
  for (const element of [root, ...all("*", root)]) {
    for (const name of element.getAttributeNames()) listen(name);
  }
}

function poll(element) {
  let turn = 0;
  const timer = setInterval(() => {
    if (!element.isConnected || !element.hasAttribute("hf-poll")) {
      polled.delete(element);
      clearInterval(timer);
    } else if (!(document.hidden && ++turn % IDLE) && !element.closest("[data-hf-busy]")) {
      trigger(element, "hf-poll");
    }
  }, (optionsOf(element).every || 5) * 1000);
}

/** Begin and end what elements ask for. */
function review() {
  for (const [element, hook] of hooked) {
    if (!element.isConnected) hooked.delete(element), call(hook.destroyed, element);
  }
  for (const element of all("[hf-hook],[hf-poll],[hf-view]")) {
    const hook = hooks[element.getAttribute("hf-hook")];
    if (hook && !hooked.has(element)) hooked.set(element, hook), call(hook.mounted, element);
    if (element.hasAttribute("hf-view")) viewer.observe(element);
    if (element.hasAttribute("hf-poll") && !polled.has(element)) polled.add(element), poll(element);
  }
  connect();
}

/** Call a hook; one that fails harms nobody else. */
const call = (hook, element) => hook && queueMicrotask(() => hook(element));

document.addEventListener("hf:load", ({ target }) => {
  for (const [element, hook] of hooked) if (target.contains(element)) call(hook.updated, element);
  for (const element of all("[hf-view]", target)) viewer.unobserve(element), viewer.observe(element);
});

/** Begin, once the page's own scripts have run. */
export function watch() {
  scan(pageElement);
  new MutationObserver((records) => {
    for (const { attributeName: name, addedNodes } of records) {
      listen(name);
      for (const node of addedNodes) if (isElement(node)) scan(node);
    }
    review();
  }).observe(document, { subtree: true, childList: true, attributes: true });
  review();
}
