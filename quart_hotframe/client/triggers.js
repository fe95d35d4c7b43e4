// Any event of the page can be one of a live component.

import { rootOf, send } from "./live.js";
import { all, byId } from "./page.js";

const heard = new Set(); // the attributes whose events are listened to
const rests = new WeakMap(); // element -> type of event -> what waits

/** Return what `hf-with`, or another attribute of the same form, says by name. */
export const optionsOf = (element, attribute = "hf-with") =>
  Object.fromEntries((element.getAttribute(attribute)?.split(" ") ?? []).map((word) => `${word}:`.split(":", 2)));

/** Listen to the event that an attribute of an element names. */
export function listen(attribute) {
  if (!attribute?.startsWith("hf-") || heard.has(attribute)) return;
  heard.add(attribute);
  const name = attribute.slice(3);
  // What does not bubble is only seen on its way down.
  addEventListener(name, (event) => event.bubbles || hear(event), true);
  document.addEventListener(name, (event) => event.bubbles && hear(event));
}

function hear(event) {
  const { type, target, submitter, bubbles } = event;
  const path = bubbles ? [submitter, ...event.composedPath()] : [target];
  for (const element of all(`[${CSS.escape(`hf-${type}`)}]`).reverse()) { // inner ones first
    const options = optionsOf(element);
    if (!("window" in options) && path.includes(element) === "outside" in options) continue;
    run(event, element, options);
    if ("stop" in options || type === "submit") return;
  }
  if (type === "submit") enter(event);
}

/** Let Enter in a field only write what is in the fields, where the form is that of pages without JavaScript. */
function enter(event) {
  const { target: form } = event;
  const root = byId(form.id.replace(/\.form$/, ""));
  if (!root?.hasAttribute("hf-live")) return;
  event.preventDefault();
  send(root, { form });
}

function run(event, element, options) {
  const { type } = event;
  if (options.key && (event.isComposing || !options.key.split(",").includes(keyOf(event)))) return;
  if ("stop" in options) event.stopPropagation();
  const leads = type === "click" && (element.href || (element.type === "submit" && element.form));
  if ("prevent" in options || type === "submit" || leads) event.preventDefault();
  const all = rests.get(element) ?? {};
  rests.set(element, all);
  const fire = () => trigger(element, `hf-${type}`, options, event);
  const isOnce = "once" in options;
  if (options.debounce) {
    clearTimeout(all[type]);
    all[type] = setTimeout(fire, options.debounce);
  } else if (!isOnce && !options.throttle) {
    fire();
  } else if (!all[type]) {
    all[type] = isOnce || setTimeout(() => delete all[type], options.throttle);
    fire();
  }
}

/** Return a pressed key as it is written: `shift+enter`. */
function keyOf(event) {
  const key = event.key === " " ? "space" : event.key?.toLowerCase();
  const held = ["ctrl", "alt", "shift", "meta"].filter((name) => event[`${name}Key`] && (name !== "shift" || key[1]));
  return [...held, key].join("+");
}

/** Send the event that an attribute names. */
export function trigger(element, attribute, options = optionsOf(element), event) {
  const root = rootOf(element);
  const name = element.getAttribute(attribute);
  const question = element.getAttribute("hf-confirm");
  if (!root || !name || (question && !confirm(question))) return;
  const marks = optionsOf(element, "hf-optimistic");
  if ("disable" in options) marks.disabled = "";
  const args = JSON.parse(element.getAttribute("hf-args"));
  const form = event?.type === "submit" && event.target;
  send(root, { event: name, args, form, element: event?.submitter ?? element, marks });
}
