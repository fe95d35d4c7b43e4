// Changes to parts of the page that the server names.

import { announce } from "./announce.js";
import { emit, setOrRemove, warn } from "./events.js";
import { changing, move, place, touch } from "./foreign.js";
import { keepingFocus } from "./focus.js";
import { isPlain } from "./parse.js";
import { morph } from "./morph.js";
import { parse } from "./parse.js";
import { all, byId, isElement } from "./page.js";

const OF_PAGE = /^(announce|call|emit|flash|navigate|refresh|title)$/; // these need no target
const functions = new Map();

/** Let the server call a function of the page, by a name. */
export const register = (name, called) => functions.set(name, called);

/**
 * Apply patches in their order; one that fails, or whose target is not there, is told by `hf:error`.
 *
 * `sent` are fields whose content the server has.
 */
export function applyPatches(patches, sent) {
  for (const patch of patches) {
    const { action, target, html = "", announce: text } = patch;
    try {
      const element = target === undefined && OF_PAGE.test(action) ? document : byId(target);
      if (!element) throw new Error(`${action}: there is no #${target}.`);
      if (!ACTIONS[action]) throw new Error(`${action}: there is no such action.`);
      ACTIONS[action](element, html, patch, sent);
      if (text) announce(text);
    } catch (error) {
      warn(error.message);
      emit(document, "hf:error", { patch, error });
    }
  }
}

/** What patches do, by their action. */
export const ACTIONS = {
  __proto__: null, // a name of the server finds nothing else
  append: (target, html) => insert(target, html, null),
  prepend: (target, html) => insert(target, html, target.firstChild),
  before: (target, html) => insert(target.parentNode, html, target),
  after: (target, html) => insert(target.parentNode, html, target.nextSibling),
  replace: (target, html) => exchange([target], target.parentNode, html, target.nextSibling),
  update: (target, html) => exchange([...target.childNodes], target, html, null),
  morph(target, html) {
    const nodes = parse(html, target.parentNode);
    const itself = nodes.some((node) => node.id && node.id === target.id);
    morph(target, itself ? nodes : html, { inner: !itself });
  },
  list,
  attributes: (target, html, { values }) => changing(() => {
    for (const [name, value] of Object.entries(values)) {
      if (/^on|^srcdoc$/i.test(name)) throw new Error(`${name} is not set.`);
      touch(target, name);
      setOrRemove(target, name, value);
    }
  }),
  remove: (target) => changing(() => target.remove()),
  refresh(target) {
    if (target.reload) target.reload();
    else emit(document, "hf:refresh");
  },
  html(target, html, { version }, sent) {
    morph(target, html, { inner: true, renew: true, sent });
    emit(target, "hf:load", { version });
  },
  focus: (target) => target.focus(),
  title: (target, html, { text }) => { document.title = text; },
  announce: (target, html, { text }) => announce(text),
  flash: (target, html) => insert(byId("hf-flashes"), html, null),
  call: (target, html, { name, args }) => functions.get(name)(...args),
  gone: (target) => ACTIONS.attributes(target, "", { values: { "data-hf-gone": "" } }),
};

/** Drop rows, and move, update or insert others, by their keys; beyond `limit` those at the other end go. */
function list(target, html, { at, before, limit, drop = [], move: moved = [] }) {
  const rows = () => [...target.children].filter((row) => row.hasAttribute("data-key"));
  const find = (key) => rows().find((row) => row.dataset.key === key);
  changing(() => keepingFocus(() => {
    for (const key of drop) find(key)?.remove();
    let end = find(before) ?? (at === "start" ? rows()[0] : null);
    for (const row of [...moved.map(find), ...parse(html, target)]) {
      if (!row?.dataset) continue; // a text between rows, or a key that is gone
      const old = find(row.dataset.key);
      if (old && old !== row) morph(old, row);
      if (!old) place(target, row, end);
      else if (old === end) end = old.nextSibling;
      else if (at || before !== undefined) move(target, old, end);
    }
    const left = rows();
    while (left.length > limit) (at === "start" ? left.pop() : left.shift()).remove();
  }));
}

/** Insert nodes; one that is in the page already is no longer where it was. */
function insert(parent, html, before) {
  const nodes = parse(html, parent);
  changing(() => {
    for (const node of nodes) {
      const same = byId(node.id || "");
      if (same === before) before = same?.nextSibling;
      same?.remove();
    }
    for (const node of nodes) place(parent, node, before);
  });
}

/** Put other nodes into the place of these; what is to be preserved is taken along. */
function exchange(olds, parent, html, before) {
  const nodes = parse(html, parent);
  changing(() => keepingFocus(() => {
    const preserved = preservedIn(olds);
    for (const node of nodes) place(parent, node, before);
    const moved = preservedIn(nodes).map((other) => {
      const element = preserved.find((one) => one.id === other.id);
      if (element) move(other.parentNode, element, other), other.remove();
      return element;
    });
    for (const old of olds) if (!moved.includes(old)) old.remove();
  }));
}

const preservedIn = (nodes) => nodes
  .flatMap((node) => (isElement(node) ? [node, ...all("[hf-preserve]", node)] : []))
  .filter((element) => element.id && element.hasAttribute("hf-preserve"));
