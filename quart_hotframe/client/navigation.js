// Pages without a full load: fetched, morphed, and kept in the history.

import { announce } from "./announce.js";
import { emit } from "./events.js";
import { focusOnRefusal } from "./focus.js";
import { isAdded } from "./foreign.js";
import { ACTIONS } from "./patches.js";
import { ask, isDealtWith, isOwn, leave, setBusy, show, typeOf } from "./request.js";
import { randomName, renewPage } from "./connection.js";
import { morph } from "./morph.js";
import { parsePage } from "./parse.js";
import { settle, unchanged } from "./fields.js";
import { withAssets } from "./assets.js";
import { address, all, byId, focused, pageElement } from "./page.js";

const PREFETCHED = 10_000; // milliseconds that an answer that was fetched ahead is good for
const places = new Map(JSON.parse(sessionStorage.getItem("hotframe.places")));
let newest = null; // the AbortController of the page that is loading
let shown = page(location.href);
let ahead = null;

/** Return an address without the place in its page. */
export function page(url) {
  return url.split("#")[0];
}

const key = () => history.state?.hotframe ?? location.href;
let at = key(); // of the page that one sees: the history may be a step ahead of it

/** Note how far the page that one sees is scrolled. */
function keepPlace() {
  places.set(at, [scrollX, scrollY]);
}

/** Fetch a page when a pointer rests on its link. */
export function prefetch(url) {
  if (ahead?.url === url || page(url) === shown || navigator.connection?.saveData) return;
  ahead = { url, time: Date.now(), response: ask(page(url), "prefetch").catch(() => null) };
}

async function fetchPage(url, kind, options) {
  const found = ahead;
  ahead = null;
  if (found?.url === url && !options.method && Date.now() - found.time < PREFETCHED) {
    const response = await found.response;
    if (response?.status === 200) return response; // 204: only somebody who goes there gets it
  }
  return ask(page(url), kind, options);
}

/**
 * Go to a page of this site, as a link does.
 *
 * `history` is "push", "replace" or, for a place in the history that is left already, "none". `element` is what
 * led there. Whatever cannot be shown in this page is loaded as usual.
 */
export async function visit(url, { history: intoHistory = "push", kind = "visit", element, sent, ...options } = {}) {
  url = address(url).href;
  newest?.abort();
  const mine = (newest = new AbortController());
  setBusy(pageElement, true);
  try {
    const response = await fetchPage(url, kind, { ...options, signal: mine.signal });
    if (mine.signal.aborted || (await isDealtWith(response))) return;
    const isPage = typeOf(response) === "text/html" && !response.headers.has("Content-Disposition");
    if (!isPage && !options.method) return leave(url);
    const html = await response.text();
    if (mine.signal.aborted) return;
    if (!isPage) throw new Error(`${url} is no page.`);
    const more = { intoHistory, hash: address(url).hash, element, sent, signal: mine.signal, ...options };
    await showPage(parsePage(html), response, more);
  } catch (error) {
    if (mine.signal.aborted) return;
    emit(pageElement, "hf:error", { url, error });
    if (!options.method) leave(url);
  } finally {
    if (newest === mine) {
      setBusy(pageElement, false);
      newest = null;
    }
  }
}

/** Make this page another one, which came with an answer. */
export async function showPage(next, response, { intoHistory = "push", hash = "", element, sent, method, signal } = {}) {
  const isAnswer = method && !response.redirected; // of a form: it has no address of its own
  const url = isAnswer ? location.href : response.url + hash;
  if (!isAnswer && String(assets(next)) !== String(assets(document))) return leave(url);
  await withAssets([next.documentElement]);
  if (signal?.aborted) return;
  const same = isAnswer || address(url).pathname === address(shown).pathname;
  const fields = sent && unchanged(sent);
  keepPlace(); // the event of the last scroll may come too late
  if (!isAnswer && intoHistory !== "none") remember(url, intoHistory);
  await show(element ?? document.body, () => {
    if (!same) closeAll();
    morph(document.head, next.head);
    const renew = !isAnswer && intoHistory !== "replace";
    if (renew) renewPage();
    morph(document.body, next.body, { keep: same, renew, sent: response.ok ? fields : undefined });
    for (const name of ["lang", "dir"]) {
      if (next.documentElement.hasAttribute(name)) pageElement[name] = next.documentElement[name];
    }
    if (sent) settle(sent, fields, !response.ok);
    if (isAnswer) return;
    scrollAfter(hash, intoHistory, page(url) === shown);
    shown = page(url);
  });
  if (!same) begin();
  if (sent && !response.ok) focusOnRefusal(document.body, sent, fields);
  emit(pageElement, "hf:load", { url });
}

/** Close what lies above the page, as a full load would. */
function closeAll() {
  for (const one of all("dialog:modal,:popover-open")) {
    if (!one.closest("[hf-preserve]")) one.close ? one.close() : one.hidePopover();
  }
}

/** Return what a page loads or runs besides its text and its components. */
function assets(page) {
  const found = all("script,style,link[rel~=stylesheet]", page);
  return found
    .filter((one) => !one.dataset.hfAsset && !isAdded(one) && (one.localName !== "script" || !one.type || /module|javascript/.test(one.type)))
    .map((one) => one.getAttribute("src") ?? one.getAttribute("href") ?? one.textContent)
    .sort();
}

function remember(url, intoHistory) {
  history.scrollRestoration = "manual";
  const state = { hotframe: intoHistory === "replace" ? key() : randomName() };
  history[page(url) === shown && !address(url).hash ? "replaceState" : `${intoHistory}State`](state, "", url);
}

function scrollAfter(hash, intoHistory, same) {
  at = key();
  const aim = hash && byId(decodeURIComponent(hash.slice(1)));
  if (intoHistory === "none") scrollTo(...(places.get(key()) ?? [0, 0]));
  else if (aim) aim.scrollIntoView();
  else if (!same) scrollTo(0, 0);
}

/** Let keyboard and screen reader begin at the page's start, or where it says. */
function begin() {
  const first = document.body.querySelector("[autofocus]");
  if (first) first.focus();
  else focused()?.blur();
  announce(document.title);
}

addEventListener("scroll", keepPlace, { passive: true });
addEventListener("pagehide", () => {
  keepPlace();
  history.scrollRestoration = "auto";
  sessionStorage.setItem("hotframe.places", JSON.stringify([...places].slice(-100)));
});
addEventListener("popstate", () => {
  if (page(location.href) === shown) scrollAfter("", "none", true);
  else visit(location.href, { history: "none" });
});
ACTIONS.navigate = (target, html, { url, how }) => {
  if (how === "full" || !isOwn(url)) return leave(url);
  if (how !== "patch") return visit(url, { history: how });
  remember(address(url).href, "push");
  shown = page(location.href);
  at = key();
};
document.addEventListener("hf:refresh", () => visit(location.href, { history: "replace" }));
