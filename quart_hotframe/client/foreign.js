// What other code did to the page since the server sent it, so that a morph can leave it alone.

import { isElement } from "./page.js";

const sent = new WeakMap(); // node -> Map(attribute, or "" for text -> what the server sent)
const replaced = new WeakMap(); // element -> the children that the server sent
const added = new WeakSet(); // elements that other code put into the page
const own = new WeakSet(); // nodes that this client put there
const noted = new Set(); // the nodes of which one of these tells
const holders = new Set(); // those nodes and what they are in, while this client changes the page
let room = 1000; // nodes that are noted before those are dropped that are gone
const changed = new Map(); // attribute, or "" for text -> Set of nodes where this client changes it just now

const observer = new MutationObserver(note);
observer.observe(document, {
  subtree: true, childList: true, attributeOldValue: true, characterDataOldValue: true,
});

function note(records) {
  for (const record of records) {
    const { target, type } = record;
    if (type === "childList") {
      noteChildren(record, target);
      continue;
    }
    const name = record.attributeName ?? "";
    if (changed.get(name)?.has(target)) continue;
    if (!sent.has(target)) sent.set(target, new Map());
    const values = sent.get(target);
    if (!values.has(name)) values.set(name, record.oldValue);
    noted.add(target);
  }
  if (noted.size > room) {
    for (const node of noted) if (!node.isConnected) noted.delete(node);
    room = 1000 + 2 * noted.size;
  }
}

function noteChildren({ addedNodes, removedNodes, previousSibling, nextSibling }, target) {
  if (!addedNodes.length) return;
  const others = [...addedNodes].filter((node) => !own.has(node));
  for (const node of others) if (isElement(node)) added.add(node), noted.add(node);
  const filled = removedNodes.length || others.some((node) => node.nodeType === 3);
  if (!previousSibling && !nextSibling && others.length && filled && !replaced.has(target)) {
    replaced.set(target, [...removedNodes]);
    noted.add(target);
  }
}

/** Run what changes the page for the server; what others change meanwhile still counts as theirs. */
export function changing(change) {
  note(observer.takeRecords());
  for (const node of noted) {
    if (!node.isConnected) noted.delete(node);
    else for (let one = node; one && !holders.has(one); one = one.parentNode) holders.add(one);
  }
  try {
    return change();
  } finally {
    note(observer.takeRecords());
    changed.clear();
    holders.clear();
  }
}

/** Put a node where it belongs. */
export function place(parent, node, before) {
  own.add(node);
  added.delete(node);
  parent.insertBefore(node, before);
}

/** Move a node that is in the page already, without a reset where the browser can do that. */
export function move(parent, node, before) {
  own.add(node);
  if (parent.moveBefore && parent.isConnected === node.isConnected) parent.moveBefore(node, before);
  else parent.insertBefore(node, before);
}

/** Take note that this client changes an attribute, or the text, to what the server says or to `said`. */
export function touch(node, name = "", said) {
  if (said === undefined) sent.get(node)?.delete(name);
  else sent.get(node).set(name, said);
  if (!changed.has(name)) changed.set(name, new Set());
  changed.get(name).add(node);
}

/** Return what the server said of an attribute, or the text, before other code changed it, else `undefined`. */
export const lastSent = (node, name = "") => sent.get(node)?.get(name);

/** Say whether other code put this element into the page. */
export const isAdded = (node) => added.has(node);

/** Take note that the server says this element too. */
export const adopt = (node) => added.delete(node);

/** Take note that an element stays, whether the server says it or not. */
export const disown = (node) => (added.add(node), noted.add(node));

/** Take note that the server says just what others made of an element. */
export function agree(root) {
  if (!holders.has(root)) return;
  for (const node of noted) {
    if (root.contains(node)) for (const all of [sent, replaced, added, noted]) all.delete(node);
  }
}

/** Say whether other code replaced all children, of which the server still says the same. */
export function hasTheirChildren(element, next) {
  const before = replaced.get(element);
  if (!before) return false;
  const news = next.childNodes;
  if (before.length === news.length && before.every((node, i) => node.isEqualNode(news[i]))) return true;
  replaced.delete(element);
  for (const node of element.children) added.delete(node);
  return false;
}
