// Live components: what a person does goes to the server in order, and the answers change the page.

import { contentOf, isDirty, isField, isHeld, noteFields, reset, settle, unchanged, valueOf } from "./fields.js";
import { pageMark, pause, tell } from "./connection.js";
import { ACTIONS, applyPatches } from "./patches.js";
import { ask, leave, setBusy } from "./request.js";
import { emit, setOrRemove } from "./events.js";
import { parse } from "./parse.js";
import { withAssets } from "./assets.js";
import { all, focused } from "./page.js";

export const LIVE = new URL("../live", import.meta.url).href;
const books = new WeakMap(); // root -> what is known of the instance
const late = new WeakMap(); // field in which somebody is -> what of it the server has
let number = 0; // of the last batch: an instance that comes again goes on with it

/** Return the root of the instance that an element belongs to. */
export const rootOf = (element) => element.closest("[hf-live]");

const boundTo = (field) => field.getAttribute("hf-bind");

/** Return the fields that are bound to the state of an instance. */
const boundIn = (root) =>
  all("[hf-bind]", root).filter((field) => isField(field) && rootOf(field) === root);

/** Send something to where live components are answered. */
export const post = (path, content, signal) =>
  ask(LIVE + path, "live", { method: "POST", body: JSON.stringify({ ...content, page: pageMark }), signal });

/** Return what the server has to know of an instance. */
export const knownOf = ({ root, handle, version, snapshot }, whole) => ({
  component: root.getAttribute("hf-live"), handle, version, cursor: root.getAttribute("hf-cursor"),
  snapshot: handle && !whole ? undefined : snapshot,
});

/** Return what is known of an instance; one that came with another page is another one. */
export function bookOf(root) {
  const signed = root.getAttribute("hf-snapshot");
  let book = books.get(root);
  if (book?.signed === signed) return book;
  const version = +root.getAttribute("hf-version");
  book = { root, signed, version, snapshot: signed, shown: {}, heard: 0, jobs: [], unsent: new Set() };
  books.set(root, book);
  // A page or another component shows it as it was at first: not what it became here.
  root.isAhead = (next) => books.get(root) === book && book.handle && !root.hasAttribute("data-hf-gone") &&
    next.getAttribute("hf-live") === root.getAttribute("hf-live");
  return book;
}

/**
 * Send a job after all that is on its way: an `event` with `args` and what was written, or just what waits.
 *
 * `element` asked for it, and has attributes `marks` until the answer is there; `form` is sent once.
 * `onward` is called with the result of the answer, or without one.
 */
export function send(root, job) {
  const book = bookOf(root);
  const { jobs, unsent } = book;
  const { element, form } = job;
  if (form && root.hasAttribute("data-hf-uploading")) return void setTimeout(send, 99, root, job);
  if (form && jobs.some((other) => other.form === form)) return;
  const last = jobs.at(-1);
  const joined = last && !last.parcel && !last.event ? jobs.pop() : {};
  job.whole ||= joined.whole;
  const written = job.event || form ? boundIn(root).filter(isDirty) : [];
  job.fields = new Set([...unsent, ...written, ...(joined.fields ?? [])]);
  unsent.clear();
  if (element && !element.hasAttribute("data-hf-busy")) job.undo = adorn(element, job.marks);
  jobs.push(job);
  if (!book.isBusy) work(book);
}

async function work(book) {
  const { root, jobs } = book;
  book.isBusy = true;
  setBusy(root, true);
  await null; // more may come of the same click
  for (let job; (job = jobs[0]); jobs.shift()) {
    await deliver(book, job).catch((error) => emit(root, "hf:error", { error }));
    restore(job);
    job.onward?.(job.result);
    showDirt(root);
  }
  book.isBusy = false;
  setBusy(root, false);
}

/** Bring one job to the server, until it has an answer. */
async function deliver(book, job) {
  const { root } = book;
  const bound = boundIn(root);
  const fields = bound.filter((field) => job.fields.has(field) && !field.validity.badInput);
  const groupOf = (field) => bound.filter((other) => boundTo(other) === boundTo(field));
  const noted = noteFields(job.event ? bound : fields.flatMap(groupOf));
  job.parcel = {
    id: root.id, seq: ++number, event: job.event, args: job.args,
    set: Object.fromEntries(fields.map((field) => [boundTo(field), valueOf(field, groupOf(field))])),
  };
  for (let tries = 0; root.isConnected && bookOf(root) === book; ) {
    const content = { ...job.parcel, ...knownOf(book, job.whole), url: location.pathname + location.search };
    const response = await post("", content).catch(() => null);
    const answer = await response?.json().catch(() => null);
    const status = response?.status;
    if (status === 409 && !job.whole) {
      job.whole = true;
    } else if (!answer || status > 501 || (status === 429 && tries < 3) || (response.ok && !answer.patches)) {
      await pause(tries++, response);
    } else {
      if (tries) tell("live");
      if (bookOf(root) === book) await (response.ok ? take : refuse)(book, job, answer, noted, status);
      return;
    }
  }
}

async function take(book, job, answer, noted) {
  await withAssets(parse(answer.assets ?? ""));
  const { ok } = job.result = answer.result ?? {};
  const still = ok === false ? new Set() : unchanged(noted); // else the server has what was typed
  if (!job.event) {
    for (const field of still) if (isHeld(field)) still.delete(field), late.set(field, contentOf(field));
  }
  restore(job);
  book.root.removeAttribute("data-hf-error");
  keep(book, answer);
  change(book, answer, still);
  settle(noted, still);
  if (ok === false) emit(book.root, "hf:error", { event: job.event, ...answer.result });
}

function refuse({ root }, job, answer, noted, status) {
  restore(job);
  if (job.isForAll && status === 404) return;
  root.setAttribute("data-hf-error", status);
  if (status === 410) ACTIONS.gone(root);
  const detail = { event: job.event, status, ...answer, ...answer.error };
  if (emit(root, "hf:error", detail) && answer.login && !boundIn(root).some(isDirty)) leave(answer.login);
}

/** Take note of what the server holds now. */
export function keep(book, { handle, version, snapshot = book.snapshot }) {
  if (handle && handle !== book.handle) Object.assign(book, { handle, version, shown: {}, heard: 0 });
  book.snapshot = snapshot;
}

/** Apply patches of an instance, but no HTML that is older than what is shown. */
export function change(book, { version, patches }, sent) {
  const { root, root: { id }, shown } = book;
  root.removeAttribute("data-hf-gone"); // its module is back
  book.version = Math.max(book.version, version);
  applyPatches(patches.filter(({ action, target, version: at = version }) =>
    action !== "html" || (!(at < shown[target] || at < shown[id]) && (shown[target] = at, true))), sent);
}

ACTIONS.emit = (target, html, { event, args, to: { id, component, page } }) => {
  for (const root of all("[hf-live]")) {
    if (page || id === root.id || component === root.getAttribute("hf-live")) send(root, { event, args, isForAll: page });
  }
};

/** Give an element attributes, and return what takes them back. */
function adorn(element, marks = {}) {
  const before = Object.keys(marks).map((name) => [name, element.getAttribute(name)]);
  const write = (values) => values.forEach(([name, value]) => setOrRemove(element, name, value));
  const isActive = element === focused();
  setBusy(element, true);
  write(Object.entries(marks));
  return () => {
    setBusy(element, false);
    write(before);
    if (isActive && focused() === document.body) element.focus(); // it was disabled
  };
}

function restore(job) {
  job.undo?.();
  job.undo = null;
}

/** Show whether an instance has what the server does not. */
export function showDirt(root) {
  root.toggleAttribute("data-hf-dirty", boundIn(root).some(isDirty));
}

/** Give a field that is left what the server made of what was written. */
export function settleLate(field) {
  if (late.get(field) === contentOf(field)) reset(field);
  late.delete(field);
}
