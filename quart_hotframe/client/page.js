// Short words for what browsers say at length.

export const pageElement = document.documentElement;

/** Return the elements that a selector finds, as they are now. */
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];

export const byId = (id) => document.getElementById(id);

export const isElement = (node) => node.nodeType === 1;

/** Return an address in its parts, as the page means it. */
export const address = (url) => new URL(url ?? "", document.baseURI);

/** Return the element that has the focus. */
export const focused = () => document.activeElement;
