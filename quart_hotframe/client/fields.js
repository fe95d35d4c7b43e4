// What a person typed or chose. It is theirs until it was sent.

import { all, focused } from "./page.js";

const used = new WeakSet();
addEventListener("input", (event) => used.add(event.target), true);

export const isField = (element) => /^(INPUT|SELECT|TEXTAREA)$/.test(element.nodeName);

const isChoice = (field) => /checkbox|radio/.test(field.type);
const hasDefault = (select) => select.multiple || [...select.options].some((option) => option.defaultSelected);

/** Say whether a field holds something else than the server said. */
export function isDirty(field) {
  if (field.nodeName === "SELECT") {
    if (!hasDefault(field)) return field.selectedIndex > 0;
    return [...field.options].some((option) => option.selected !== option.defaultSelected);
  }
  if (isChoice(field)) return field.checked !== field.defaultChecked;
  if (field.type === "file") return field.files.length > 0;
  // These have a value of their own when the server gave none.
  if (/range|color/.test(field.type) && !used.has(field)) return false;
  return field.value !== field.defaultValue || (!field.value && field.validity.badInput);
}

/** Say whether another one of a group of radio buttons was chosen than the server said. */
export const isChosenAnew = (field) => field.type === "radio" && all("[type=radio]", field.form ?? document).some((other) => other.name === field.name && other.form === field.form && isDirty(other));

/** Say whether somebody is at the field now. */
export const isHeld = (field) => !isChoice(field) && field.matches(":focus");

/** Say whether somebody writes, or wrote, into an element that is no field. */
export const isWritten = (element) =>
  (used.has(element) || element === focused()) && element.isContentEditable;

/** Give a field the value that the server said. */
export function reset(field) {
  used.delete(field);
  if (!isDirty(field)) return;
  if (field.nodeName === "SELECT") {
    for (const option of field.options) option.selected = option.defaultSelected;
    if (!hasDefault(field)) field.selectedIndex = 0;
  } else if (isChoice(field)) {
    field.checked = field.defaultChecked;
  } else {
    field.value = field.type === "file" ? "" : field.defaultValue;
  }
}

/** Return the values that are chosen in a select. */
export const chosen = (select) => new Set(Array.from(select.selectedOptions, (option) => option.value));

/** Choose these values again, as far as they are still there. */
export function choose(select, values) {
  if (![...select.options].some((option) => values.has(option.value))) return reset(select);
  for (const option of select.options) option.selected = values.has(option.value);
}

/** Return what fields hold, to know later which of it was sent. */
export const noteFields = (fields) => new Map(fields.map((field) => [field, [contentOf(field), field.defaultValue]]));

/** Return what a field holds, to compare it. */
export const contentOf = (field) => {
  if (field.nodeName === "SELECT") return [...chosen(field)].join("\0");
  return isChoice(field) ? field.checked : field.value;
};

/** Return what fields of one name say: a list where several may be chosen, a truth for a single box. */
export function valueOf(field, group) {
  if (field.multiple && field.options) return [...chosen(field)];
  if (!isChoice(field)) return field.value;
  const values = group.filter((one) => one.checked).map((one) => one.value);
  if (field.type === "radio") return values[0] ?? null;
  return field.hasAttribute("value") ? values : field.checked;
}

/** Return the fields that hold what was sent, and nothing newer. */
export const unchanged = (noted) => new Set([...noted.keys()].filter((field) => contentOf(field) === noted.get(field)[0]));

/** Give fields that were sent what the server says now; a refused form keeps what it does not say. */
export function settle(noted, fields, refused) {
  for (const field of fields) {
    if (field.isConnected && !(refused && field.defaultValue === noted.get(field)[1])) reset(field);
  }
}
