// Fields that are bound to the state of a live component.

import { bookOf, rootOf, send, settleLate, showDirt } from "./live.js";
import { isDirty, isField } from "./fields.js";
import { optionsOf } from "./triggers.js";

const PAUSE = 100; // milliseconds without another change before it is sent
const KINDS = { input: "input", compositionend: "input", change: "change", focusout: "blur" };
const timers = new WeakMap(); // field -> what sends it

function written({ type, target: field, isComposing }) {
  if (!isField(field) || !field.hasAttribute("hf-bind")) return;
  const root = rootOf(field);
  if (!root) return;
  const { on = "input", debounce = PAUSE } = optionsOf(field);
  if (KINDS[type] === "blur") settleLate(field);
  showDirt(root);
  if (KINDS[type] !== on || isComposing || (on === "blur" && !isDirty(field))) return;
  bookOf(root).unsent.add(field);
  clearTimeout(timers.get(field));
  timers.set(field, setTimeout(() => bookOf(root).unsent.has(field) && send(root, {}), debounce));
}

/** Begin. */
export function bind() {
  for (const name in KINDS) document.addEventListener(name, written);
}
