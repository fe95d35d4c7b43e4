// What is asked of the server, and the parts of its answers that lead elsewhere.

import { applyPatches } from "./patches.js";
import { isPlain, parse } from "./parse.js";
import { setOrRemove } from "./events.js";
import { withAssets } from "./assets.js";
import { address } from "./page.js";

const PATCHES = "application/vnd.hotframe.patches+json";

/** Send a request of this client to the own site, and return its answer. */
export async function ask(url, kind, { frame, ...options } = {}) {
  const headers = { "HF-Request": kind, Accept: `${PATCHES}, text/html;q=0.9` };
  if (frame) headers["HF-Frame"] = frame;
  if (kind === "live") headers["Content-Type"] = "application/json";
  const response = await fetch(ours(url), { ...options, headers });
  ours(response.url);
  return response;
}

/** Return an address of this site, and refuse any other. */
function ours(url) {
  if (!isOwn(url)) throw new Error(`${url} is of another site.`);
  return url;
}

export const isOwn = (url) => address(url).origin === location.origin;

/** Say whether an answer is no page: it led elsewhere, changed parts of this page, or has nothing. */
export async function isDealtWith(response) {
  const there = response.headers.get("HF-Redirect");
  if (there) {
    leave(there);
  } else if (typeOf(response) === PATCHES) {
    const { assets = "", patches } = await response.json();
    await withAssets(parse(assets));
    applyPatches(patches);
  } else {
    return response.status === 204;
  }
  return true;
}

/** Return the media type of an answer, without parameters. */
export const typeOf = (response) => response.headers.get("Content-Type")?.split(";")[0].trim();

/** Leave this page by a full load. */
export function leave(url) {
  if (isPlain(url)) location.assign(url);
}

/** Mark what is loading, for screen readers and styles. */
export function setBusy(element, busy) {
  setOrRemove(element, "aria-busy", busy ? "true" : null);
  element.toggleAttribute("data-hf-busy", busy);
}

/** Run a change of the page, in a view transition where one is asked for. */
export async function show(element, change) {
  const wanted = element.closest("[data-hf-transition]") && document.startViewTransition &&
    !matchMedia("(prefers-reduced-motion)").matches;
  if (!wanted) return change();
  const transition = document.startViewTransition(change);
  transition.ready.catch(() => {}); // it was skipped, as in a hidden tab
  await transition.updateCallbackDone;
}
