// Styles and scripts of components: each is loaded once, before what it belongs to is shown.

import { disown } from "./foreign.js";
import { warn } from "./events.js";
import { address, all, isElement } from "./page.js";

const ASSET = "[data-hf-asset]";
const PLACE = new URL("../components/", import.meta.url).href; // nothing else is loaded: HTML may be somebody's
const PATIENCE = 3000; // milliseconds that new content waits for its styles
const known = new Map(); // kind and component -> what is in the page
const nonce = document.querySelector("script[nonce]")?.nonce ?? "";

for (const one of all(ASSET)) {
  const stays = document.head.contains(one);
  if (stays) disown(one); // the next page may not say it, and need it
  if (stays || one.localName !== "link") known.set(markOf(one), { element: one, url: urlOf(one) });
  else load(one, one); // where it stands it would go with what is around it
}

function markOf(one) {
  return one.localName + one.dataset.hfAsset;
}

function urlOf(one) {
  return one.getAttribute("href") ?? one.getAttribute("src");
}

/** Load what an element names, unless it is there; then `old`, or another version, goes. */
function load(one, old) {
  const name = markOf(one);
  const url = urlOf(one);
  const before = known.get(name);
  if (!address(url).href.startsWith(PLACE)) return warn(`${url} is not of a component.`);
  if (before?.url === url) {
    if (old) before.ready?.then(() => old.remove());
    return before.ready;
  }
  const element = document.createElement(one.localName);
  for (const { name, value } of one.attributes) element.setAttribute(name, value);
  element.nonce = nonce;
  const ready = element.localName === "link" && new Promise((done) => {
    element.onload = () => done((old ?? before?.element)?.remove());
    element.onerror = done;
  });
  known.set(name, { element, url, ready });
  document.head.append(element); // as other code would: a morph leaves it alone
  return ready;
}

/** Load what nodes need and the page lacks, and return them without the elements that say so. */
export async function withAssets(nodes) {
  const given = [...nodes];
  const elements = given.filter(isElement);
  const found = elements.flatMap((node) => (node.matches(ASSET) ? [node] : all(ASSET, node)));
  const waiting = found.map((one) => (one.remove(), load(one)));
  if (waiting.length) await Promise.race([Promise.all(waiting), new Promise((done) => setTimeout(done, PATIENCE))]);
  return given.filter((node) => !found.includes(node));
}
