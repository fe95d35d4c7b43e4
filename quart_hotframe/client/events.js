// What pages and their developers are told.

const isDebug = document.querySelector("script[data-hf-debug]");

/** Dispatch an event that bubbles, and say whether nobody prevented what follows. */
export const emit = (element, name, detail) =>
  element.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail }));

/** Give an element an attribute, or with null take it away. */
export const setOrRemove = (element, name, value) =>
  value === null ? element.removeAttribute(name) : element.setAttribute(name, value);

/** Tell a developer. */
export const warn = (text) => isDebug && console.warn(`hotframe: ${text}`);
