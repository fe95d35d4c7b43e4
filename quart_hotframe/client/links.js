// Links and forms that a frame, or the page, follows without a full load.

import { isOwn, setBusy } from "./request.js";
import { isField, noteFields } from "./fields.js";
import { page, prefetch, visit } from "./navigation.js";
import { address, byId } from "./page.js";

const REST = 80; // milliseconds that a pointer rests on a link before its page is fetched ahead
let resting;

/** Say whether an attribute, of an element or around it, is there and not "false". */
const isWished = (element, name) => (element.closest(`[${name}]`)?.getAttribute(name) ?? "false") !== "false";

/** Return what loads where an element leads: a frame, the page, or nothing of ours. */
function follower(element, target) {
  const near = element.closest("[data-hf-frame],hf-frame");
  const name = near?.getAttribute("data-hf-frame");
  const frame = name ? byId(name) : near;
  if (name !== "_top" && target !== "_top" && frame?.load) return (url, options) => frame.load(url, { element, ...options });
  return isWished(element, "data-hf-visit") && ((url, options) => visit(url, { element, ...options }));
}

/** Return a link that may be followed here, from an event within it, or nothing. */
function linkOf(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || link.hasAttribute("download") || link.relList.contains("external")) return;
  const isPlace = link.href.includes("#") && page(link.href) === page(location.href); // in this page
  return !isPlace && isHere(link.target) && isOwn(link.href) && link;
}

const isHere = (target) => !target || target === "_self" || target === "_top";

/** Follow a link. */
export function click(event) {
  const link = linkOf(event);
  const special = event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (!link || special || event.defaultPrevented) return;
  const follow = follower(link, link.target);
  if (!follow) return;
  event.preventDefault();
  clearTimeout(resting); // it is fetched now
  follow(link.href, {});
}

/** Send a form. */
export async function submit(event) {
  const { target: form, submitter, defaultPrevented } = event;
  const said = (name) => submitter?.getAttribute(`form${name}`) ?? form.getAttribute(name) ?? "";
  const method = said("method").toLowerCase() || "get";
  const url = address(said("action") || location.href);
  const known = /^(get|post)$/.test(method) && said("enctype") !== "text/plain";
  if (defaultPrevented || !known || !isHere(said("target")) || !isOwn(url)) return;
  const follow = follower(submitter ?? form, said("target"));
  if (!follow) return;
  event.preventDefault();
  if (method === "post" && form.hasAttribute("data-hf-busy")) return; // the second of a double click
  const data = new FormData(form, submitter);
  const text = new URLSearchParams([...data].map(([name, value]) => [name, value.name ?? value]));
  const sent = noteFields([...form.elements].filter(isField));
  setBusy(form, true);
  try {
    if (method === "get") {
      url.search = text;
      await follow(url.href, { sent });
    } else {
      const body = said("enctype") === "multipart/form-data" ? data : text;
      await follow(url.href, { kind: "submit", method: "POST", body, sent });
    }
  } finally {
    setBusy(form, false);
  }
}

/** Fetch a page ahead whose link a pointer rests on, where that is wished. */
export function rest(event) {
  const link = linkOf(event);
  clearTimeout(resting);
  if (!link || !isWished(link, "data-hf-prefetch") || link.closest("hf-frame,[data-hf-frame]")) return;
  if (follower(link)) resting = setTimeout(() => prefetch(link.href), REST);
}
