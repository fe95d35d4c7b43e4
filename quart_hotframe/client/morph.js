// One tree becomes another: what is there already stays, with all that a person and other code did.

import { adopt, agree, changing, hasTheirChildren, isAdded, lastSent, move, place, touch } from "./foreign.js";
import { choose, chosen, isChosenAnew, isDirty, isField, isHeld, isWritten, reset } from "./fields.js";
import { keepingFocus } from "./focus.js";
import { parse } from "./parse.js";
import { all, isElement } from "./page.js";

const MARKED = "[id],:is(input,select,textarea)[name]";
const LEFT = "[hf-ignore],[hf-preserve]";
const KEPT = `${LEFT},hf-frame`;

/**
 * Make an element, or with `inner` its children, what the server says.
 *
 * `next` is HTML, an element or a list of nodes, which is used up. With `keep: false` what was typed and what
 * other code did goes, as on another page. `sent` are fields whose content the server has. With `renew` components
 * that live go back to what the page says.
 */
export function morph(old, next, { inner = false, keep = true, renew = false, sent = new Set() } = {}) {
  const parent = inner ? old : old.parentNode;
  const news = typeof next === "string" ? parse(next, parent) : next.nodeType ? [next] : [...next];
  const olds = inner ? nodesIn(old) : [old];
  const run = { parent, olds, news, keep, renew, sent, taken: new Set(), doomed: [], marks: null };
  run.hasLeft = !parent || parent.querySelector(LEFT);
  run.afresh = !keep && document.querySelector("[x-data]");
  run.templates = news.some((node) => node.nodeName === "TEMPLATE" || node.querySelector?.("template"));
  changing(() => keepingFocus(() => {
    children(run, parent, olds, news, inner ? null : old.nextSibling);
    for (const node of run.doomed) if (!run.taken.has(node)) node.remove();
    if (!keep) forget(old);
  }));
}

/** Give the fields of another page what the server said, also where nothing else has changed. */
function forget(root) {
  for (const field of all("input,select,textarea", root)) {
    const holder = field.closest(KEPT);
    if (!holder || holder.contains(root)) reset(field);
  }
}

/** Make nodes of one parent, before `end`, the new ones. */
function children(run, parent, olds, news, end) {
  if (run.keep) olds = olds.filter((node) => !isAdded(node) || isSaid(node, news));
  else if (run.afresh) olds = olds.filter((node) => !isOver(run, node) || !run.doomed.push(node));
  olds.forEach(adopt);
  let first = 0;
  let left = olds.length;
  let right = news.length;
  while (first < left && first < right && isDone(run, olds[first], news[first])) first++;
  while (first < left && first < right && isDone(run, olds[left - 1], news[right - 1])) left--, right--;
  for (; first < left && first < right; first++) {
    const [old, next] = [olds[first], news[first]];
    if (mark(old) !== mark(next) || !(left - first + right - first === 2 || isPaired(run, old, next))) break;
    become(run, old, next);
  }
  if (left < olds.length) end = olds[left];
  olds = olds.slice(first, left);
  news = news.slice(first, right);
  if (news.length) arrange(run, parent, olds, news, end);
  else run.doomed.push(...olds);
}

/** Say whether two nodes are a pair by what is within them, or have nothing that makes them part of another. */
function isPaired(run, old, next) {
  const { inOld, inNew } = (run.marks ??= shared(run));
  const name = inNew.get(next)?.[0];
  return name ? inOld.get(old)?.includes(name) : !inOld.has(old);
}

/** Say whether the server says an element that other code added: by its id or key, or just as it is. */
const isSaid = (node, news) =>
  news.some((next) => (isKeyed(node) ? mark(node) === mark(next) : node.isEqualNode(next)));

/** Say whether a node is what the one at its place says, or became it because both have one key. */
function isDone(run, old, next) {
  return become(run, old, next, () => isKeyed(next) && mark(old) === mark(next));
}

/** Make one node what another one says, which may be just what it is, and say whether that was done. */
function become(run, old, next, may = () => true) {
  if (isEqual(run, old, next)) agree(old);
  else if (may()) update(run, old, next);
  else return false;
  return true;
}

function isEqual(run, old, next) {
  if (!old.isEqualNode(next) || (run.afresh && old.querySelector?.("[x-data]"))) return false;
  // Templates are compared without what they hold.
  return !run.templates || !(next.nodeName === "TEMPLATE" || next.querySelector?.("template"));
}

/** Pair the nodes of one parent, put them in order and update them. */
function arrange(run, parent, olds, news, end) {
  const pairs = pair(run, parent, olds, news);
  if (!pairs.some(Boolean) && !run.marks.found.size && !parent.childNodes[olds.length]) {
    const all = new DocumentFragment(); // quicker than one by one
    for (const node of news) place(all, node);
    return parent.replaceChildren(all);
  }
  const places = new Map(olds.map((node, i) => [node, i]));
  const staying = longestRise(pairs.map((node) => places.get(node) ?? -1));
  for (const node of pairs) if (node) run.taken.add(node);
  for (const node of olds) if (!run.taken.has(node)) run.doomed.push(node);
  const made = [];
  for (let i = news.length - 1; i >= 0; i--) {
    let node = pairs[i];
    if (!node) {
      const holds = run.marks.inNew.has(news[i]);
      node = holds ? document.importNode(news[i], false) : news[i];
      if (holds) made.push([node, news[i]]);
      place(parent, node, end);
    } else if (!staying.has(i)) {
      move(parent, node, end);
    }
    end = node;
  }
  pairs.forEach((node, i) => node && become(run, node, news[i]));
  for (const [node, next] of made) children(run, node, [], nodesIn(next), null);
}

/** Return for each new node the old one that it continues, if there is one. */
function pair(run, parent, olds, news) {
  const { found, inOld, inNew } = (run.marks ??= shared(run));
  const used = new Set();
  const queues = new Map();
  const holders = new Map();
  for (const old of olds) {
    const name = mark(old);
    if (queues.has(name)) queues.get(name).push(old);
    else queues.set(name, [old]);
    for (const one of inOld.get(old) ?? []) holders.set(one, old);
  }
  const use = (old) => (used.add(old), old);
  const pairs = news.map((next) => {
    if (isKeyed(next)) return;
    for (const one of inNew.get(next) ?? []) {
      const old = holders.get(one);
      if (old && !used.has(old) && mark(old) === mark(next)) return use(old);
    }
  });
  return news.map((next, i) => {
    if (pairs[i]) return pairs[i];
    const name = mark(next);
    for (const queue = queues.get(name) ?? []; queue.length; ) {
      const old = queue.shift();
      if (!used.has(old)) return use(old);
    }
    const old = found.get(name);
    if (old && staysIn(old, parent)) return old;
  });
}

/** Say whether Alpine works on an element. */
const isBound = (node) => node._x_dataStack || node.getAttributeNames?.().some((name) => /^(x-|[:@])/.test(name));

/** Say whether what Alpine made of an element belongs to the page before. */
const isOver = (run, node) => run.afresh && isBound(node) && node !== document.body && !node.matches(KEPT);

/** Say whether an element stays in its component of Alpine when it comes to another parent. */
const staysIn = (node, parent) =>
  node.matches(KEPT) || node.parentNode.closest?.("[x-data]") === parent.closest?.("[x-data]");

const isKeyed = (node) => isElement(node) && nameOf(node) !== node.nodeName;

/** Return what a node must have in common with the one that it continues. */
const mark = (node) => (isElement(node) ? nameOf(node) + (node.getAttribute("x-data") ?? "") : node.nodeName);

function nameOf(node) {
  const name = node.nodeName;
  if (node.hasAttributes()) {
    const id = node.getAttribute("id");
    if (id) return `${name}#${id}`;
    const key = node.getAttribute("data-key");
    if (key !== null) return `${name}=${key}`;
  }
  if (isField(node)) {
    const kind = node.type.match(/checkbox|radio|file/) ?? "";
    return `${name}@${kind}@${node.name}@${kind && node.getAttribute("value")}`;
  }
  if (/^(SCRIPT|LINK|STYLE)$/.test(name)) return `${name}@${node.src || node.href || node.textContent}`;
  return name;
}

/** Return the elements whose id or name both trees have once, and which nodes hold them. */
function shared(run) {
  const before = marked(run.olds, (node) => isOver(run, node));
  const after = before.size ? marked(run.news, () => false) : before;
  const marks = { found: new Map(), inOld: new Map(), inNew: new Map() };
  for (const [name, next] of after) {
    const old = before.get(name);
    if (!old || !next) continue;
    marks.found.set(name, old);
    for (const [node, holders] of [[old, marks.inOld], [next, marks.inNew]]) {
      for (let one = node; one && one !== run.parent; one = one.parentNode) {
        if (!holders.has(one)) holders.set(one, []);
        holders.get(one).push(name);
      }
    }
  }
  return marks;
}

function marked(nodes, isLeft) {
  const all = new Map();
  for (const node of nodes) {
    if (!isElement(node)) continue;
    const found = node.querySelectorAll(MARKED);
    for (const element of node.matches(MARKED) ? [node, ...found] : found) {
      if (isLeft(element)) continue;
      const name = mark(element);
      all.set(name, all.has(name) ? null : element);
    }
  }
  return all;
}

/** Return the places of a longest run of rising numbers; those below 0 are not part of it. */
function longestRise(numbers) {
  const ends = [];
  const before = [];
  numbers.forEach((number, i) => {
    if (number < 0) return;
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[ends[middle]] < number) low = middle + 1;
      else high = middle;
    }
    before[i] = ends[low - 1];
    ends[low] = i;
  });
  const run = new Set();
  for (let i = ends.at(-1); i !== undefined; i = before[i]) run.add(i);
  return run;
}

/** Make one node what another one says. */
function update(run, old, next) {
  if (!isElement(old)) {
    const { data } = next;
    if (old.data === data || (run.keep && lastSent(old) === data)) return;
    touch(old);
    old.data = data;
    return;
  }
  if (run.hasLeft && old.matches(LEFT)) return;
  if (next.hasAttribute("hf-keep") || (!run.renew && old.isAhead?.(next))) return;
  if (isField(old)) return updateField(run, old, next);
  attributes(run, old, next);
  if (old.nodeName === "TEMPLATE") return old.content.replaceChildren(next.content);
  if (old.isLoadedLike?.(next) || (run.keep && (isWritten(old) || hasTheirChildren(old, next)))) return;
  const [text, said] = [textOf(old), textOf(next)];
  if (text && said) update(run, text, said);
  else children(run, old, nodesIn(old), nodesIn(next), null);
}

/** Return the children of an element: a list of them is slower to go through. */
function nodesIn(element) {
  const nodes = [];
  for (let node = element.firstChild; node; node = node.nextSibling) nodes.push(node);
  return nodes;
}

/** Return the text of an element that has nothing else. */
function textOf(element) {
  const { firstChild: node } = element;
  return node?.nodeType === 3 && !node.nextSibling && node;
}

/** Update a field, but not what somebody typed or chose there, nor one where somebody is. */
function updateField(run, field, next) {
  const free = !run.keep || run.sent.has(field);
  const dirty = isDirty(field);
  const waits = !dirty && !free && isHeld(field);
  const values = field.nodeName === "SELECT" && chosen(field);
  const chosenAnew = !free && isChosenAnew(field);
  attributes(run, field, next, waits ? "value" : chosenAnew && "checked");
  if (!waits || values) children(run, field, nodesIn(field), nodesIn(next), null);
  if (!dirty && !waits && !chosenAnew) reset(field);
  else if (values) choose(field, values);
}

/** Take over the attributes, but not those that are a person's or other code's. */
function attributes(run, old, next, except) {
  const keep = run.keep || (run.afresh && isBound(old));
  const skip = (name) => name === except || name === "nonce";
  for (const name of next.getAttributeNames()) {
    const value = next.getAttribute(name);
    const now = old.getAttribute(name);
    const before = lastSent(old, name);
    if (now === value && before !== undefined) touch(old, name);
    if (now === value || skip(name) || (keep && before === value)) continue;
    const all = name === "class" && keep && before !== undefined ? withTheirs(before, now, value) : value;
    touch(old, name, all === value ? undefined : value);
    const copy = next.getAttributeNode(name).cloneNode(); // a name such as @click cannot be set in another way
    copy.value = all;
    old.setAttributeNode(copy);
  }
  for (const name of old.getAttributeNames()) {
    if (next.hasAttribute(name) || skip(name) || (keep && lastSent(old, name) === null)) continue;
    touch(old, name);
    if (name === "open" && old.nodeName === "DIALOG") old.close();
    old.removeAttribute(name);
  }
}

/** Return the classes that the server says, as other code changed those of before. */
function withTheirs(before, now, next) {
  const [sent, had, says] = [before, now, next].map((text) => text?.match(/\S+/g) ?? []);
  const kept = says.filter((name) => had.includes(name) || !sent.includes(name));
  return [...new Set([...kept, ...had.filter((name) => !sent.includes(name))])].join(" ");
}
