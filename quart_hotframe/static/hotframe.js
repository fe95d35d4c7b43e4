// The client of HotFrame (MIT). Made from quart_hotframe/client by its build.py.
const sent = new WeakMap(); // node -> Map(attribute, or "" for text -> what the server sent)
const replaced = new WeakMap();
const added = new WeakSet();
const own = new WeakSet();
const noted = new Set();
let holders = new Set();
let room = 1000;
let changed = new WeakMap();
const observer = new MutationObserver(note);
observer.observe(document, {
subtree: true, childList: true, attributes: true, attributeOldValue: true,
characterData: true, characterDataOldValue: true,
});
function note(records) {
for (const record of records) {
const { target, addedNodes, removedNodes } = record;
if (record.type === "childList") {
const others = [...addedNodes].filter((node) => !own.has(node));
for (const node of others) if (node.nodeType === 1) added.add(node), noted.add(node);
const all = !record.previousSibling && !record.nextSibling;
const filled = removedNodes.length || others.some((node) => node.nodeType === 3);
if (all && others.length && filled && !replaced.has(target)) {
replaced.set(target, [...removedNodes]);
noted.add(target);
}
continue;
}
const name = record.attributeName ?? "";
if (changed.get(target)?.has(name)) continue;
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
function changing(change) {
note(observer.takeRecords());
holders = new Set();
for (const node of noted) {
if (!node.isConnected) noted.delete(node);
else for (let one = node; one && !holders.has(one); one = one.parentNode) holders.add(one);
}
try {
return change();
} finally {
note(observer.takeRecords());
changed = new WeakMap();
holders.clear();
}
}
function place(parent, node, before) {
own.add(node);
added.delete(node);
parent.insertBefore(node, before);
}
function move(parent, node, before) {
own.add(node);
if (parent.moveBefore && parent.isConnected === node.isConnected) parent.moveBefore(node, before);
else parent.insertBefore(node, before);
}
function touch(node, name = "", said) {
if (said === undefined) sent.get(node)?.delete(name);
else sent.get(node).set(name, said);
if (!changed.has(node)) changed.set(node, new Set());
changed.get(node).add(name);
}
const lastSent = (node, name) => sent.get(node)?.get(name);
const isTheirs = (node, name, value) => lastSent(node, name) === value;
const isAdded = (node) => added.has(node);
const adopt = (node) => added.delete(node);
const disown = (node) => (added.add(node), noted.add(node));
function agree(root) {
if (!holders.has(root)) return;
for (const node of noted) {
if (root.contains(node)) for (const all of [sent, replaced, added, noted]) all.delete(node);
}
}
function hasTheirChildren(element, news) {
const before = replaced.get(element);
if (!before) return false;
if (before.length === news.length && before.every((node, i) => node.isEqualNode(news[i]))) return true;
replaced.delete(element);
for (const node of element.children) added.delete(node);
return false;
}
const region = document.createElement("div");
region.setAttribute("role", "status");
region.setAttribute("hf-ignore", "");
Object.assign(region.style, {
position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)",
});
function announce(text) {
if (!region.isConnected) document.body.append(region);
region.textContent = "";
setTimeout(() => { region.textContent = text; }, 100);
}
const isDebug = document.querySelector("script[data-hf-debug]") !== null;
const emit = (element, name, detail) =>
element.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail }));
const warn = (text) => isDebug && console.warn(`hotframe: ${text}`);
function keepingFocus(change) {
const active = document.activeElement;
const caret = caretOf(active);
const selection = getSelection();
const { type, anchorNode, anchorOffset, focusNode, focusOffset } = selection;
change();
if (active && active !== document.body && active !== document.activeElement) {
const again = active.isConnected ? active : active.id && document.getElementById(active.id);
if (again) {
again.focus({ preventScroll: true });
if (caret) again.setSelectionRange?.(...caret);
}
}
if (type !== "Range" || !anchorNode.isConnected || !focusNode.isConnected) return;
if (selection.anchorNode === anchorNode && selection.focusNode === focusNode) return;
const within = (node, offset) => Math.min(offset, node.length ?? node.childNodes.length);
selection.setBaseAndExtent(anchorNode, within(anchorNode, anchorOffset), focusNode, within(focusNode, focusOffset));
}
function focusOnRefusal(root, sent, fields) {
const active = document.activeElement;
if (!sent?.has(active) || fields.has(active)) root.querySelector("[autofocus]")?.focus();
}
function caretOf(element) {
const { selectionStart: start, selectionEnd: end, selectionDirection: direction } = element ?? {};
return typeof start === "number" && [start, end, direction];
}
const used = new WeakSet();
addEventListener("input", (event) => used.add(event.target), true);
const isField = (element) => /^(INPUT|SELECT|TEXTAREA)$/.test(element.nodeName);
const isChoice = (field) => field.type === "checkbox" || field.type === "radio";
const hasDefault = (select) => [...select.options].some((option) => option.defaultSelected);
function isDirty(field) {
if (field.nodeName === "SELECT") {
if (!field.multiple && !hasDefault(field)) return field.selectedIndex > 0;
return [...field.options].some((option) => option.selected !== option.defaultSelected);
}
if (isChoice(field)) return field.checked !== field.defaultChecked;
if (field.type === "file") return field.files.length > 0;
if (/^(range|color)$/.test(field.type) && !used.has(field)) return false;
return field.value !== field.defaultValue || field.validity.badInput;
}
const isChosenAnew = (field) => field.type === "radio" && [
...(field.form ?? document).querySelectorAll("[type=radio]"),
].some((other) => other.name === field.name && other.form === field.form && isDirty(other));
const isHeld = (field) => !isChoice(field) && field.matches(":focus");
const isWritten = (element) =>
(used.has(element) || element === document.activeElement) && element.isContentEditable;
function reset(field) {
used.delete(field);
if (!isDirty(field)) return;
if (field.nodeName === "SELECT") {
for (const option of field.options) option.selected = option.defaultSelected;
if (!field.multiple && !hasDefault(field)) field.selectedIndex = 0;
} else if (isChoice(field)) {
field.checked = field.defaultChecked;
} else {
field.value = field.type === "file" ? "" : field.defaultValue;
}
}
const chosen = (select) => new Set(Array.from(select.selectedOptions, (option) => option.value));
function choose(select, values) {
if (![...select.options].some((option) => values.has(option.value))) return reset(select);
for (const option of select.options) option.selected = values.has(option.value);
}
function noteFields(form) {
const fields = [...form.elements].filter(isField);
return new Map(fields.map((field) => [field, [contentOf(field), field.defaultValue]]));
}
const contentOf = (field) => {
if (field.nodeName === "SELECT") return [...chosen(field)].join("\0");
return isChoice(field) ? field.checked : field.value;
};
const unchanged = (noted) => new Set([...noted.keys()].filter((field) => contentOf(field) === noted.get(field)[0]));
function settle(noted, fields, refused) {
for (const field of fields) {
if (field.isConnected && !(refused && field.defaultValue === noted.get(field)[1])) reset(field);
}
}
const SVG = "http://www.w3.org/2000/svg";
function parse(html, parent) {
const template = document.createElement("template");
const shapes = parent?.namespaceURI === SVG && parent.localName !== "foreignObject";
template.innerHTML = shapes ? `<svg>${html}</svg>` : html;
const holder = shapes ? template.content.firstChild : template.content;
return [...holder.childNodes];
}
function parsePage(html) {
const page = new DOMParser().parseFromString(html, "text/html");
for (const element of page.querySelectorAll("noscript")) element.textContent = element.innerHTML;
return page;
}
const MARKED = "[id],input[name],select[name],textarea[name]";
const KEPT = "[hf-ignore],[hf-preserve],hf-frame";
function morph(old, next, { inner = false, keep = true, sent = new Set() } = {}) {
const parent = inner ? old : old.parentNode;
const news = typeof next === "string" ? parse(next, parent) : next.nodeType ? [next] : [...next];
const olds = inner ? [...old.childNodes] : [old];
const run = { olds, news, keep, sent, taken: new Set(), doomed: [], marks: null };
run.afresh = !keep && document.querySelector("[x-data]");
run.templates = news.some((node) => node.nodeName === "TEMPLATE" || node.querySelector?.("template"));
changing(() => keepingFocus(() => {
children(run, parent, olds, news, inner ? null : old.nextSibling);
for (const node of run.doomed) if (!run.taken.has(node)) node.remove();
if (!keep) forget(old);
}));
}
function forget(root) {
for (const field of root.querySelectorAll("input,select,textarea")) {
const holder = field.closest(KEPT);
if (!holder || holder.contains(root)) reset(field);
}
}
function children(run, parent, olds, news, end) {
if (run.keep) olds = olds.filter((node) => !isAdded(node) || isSaid(node, news));
else if (run.afresh) olds = olds.filter((node) => !isOver(run, node) || !run.doomed.push(node));
olds.forEach(adopt);
let first = 0;
let left = olds.length;
let right = news.length;
while (first < left && first < right && isDone(run, olds[first], news[first])) first++;
while (first < left && first < right && isDone(run, olds[left - 1], news[right - 1])) left--, right--;
if (left < olds.length) end = olds[left];
olds = olds.slice(first, left);
news = news.slice(first, right);
if (!news.length) {
run.doomed.push(...olds);
} else if (olds.length === 1 && news.length === 1 && mark(olds[0]) === mark(news[0])) {
update(run, olds[0], news[0]);
} else {
arrange(run, parent, olds, news, end);
}
}
const isSaid = (node, news) =>
news.some((next) => (isKeyed(node) ? mark(node) === mark(next) : node.isEqualNode(next)));
function isDone(run, old, next) {
if (isEqual(run, old, next)) {
agree(old);
return true;
}
if (!isKeyed(next) || mark(old) !== mark(next)) return false;
update(run, old, next);
return true;
}
function isEqual(run, old, next) {
if (!old.isEqualNode(next) || (run.afresh && old.querySelector?.("[x-data]"))) return false;
return !run.templates || !(next.nodeName === "TEMPLATE" || next.querySelector?.("template"));
}
function arrange(run, parent, olds, news, end) {
const pairs = pair(run, parent, olds, news);
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
pairs.forEach((node, i) => node && update(run, node, news[i]));
for (const [node, next] of made) children(run, node, [], [...next.childNodes], null);
}
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
const isBound = (node) => node._x_dataStack || node.getAttributeNames?.().some((name) => /^(x-|[:@])/.test(name));
const isOver = (run, node) => run.afresh && isBound(node) && node !== document.body && !node.matches(KEPT);
const staysIn = (node, parent) =>
node.matches(KEPT) || node.parentNode.closest?.("[x-data]") === parent.closest?.("[x-data]");
const isKeyed = (node) => node.nodeType === 1 && nameOf(node) !== node.nodeName;
const mark = (node) => `${nameOf(node)}${node.getAttribute?.("x-data") ?? ""}`;
function nameOf(node) {
const name = node.nodeName;
if (node.nodeType !== 1) return name;
const id = node.getAttribute("id");
if (id) return `${name}#${id}`;
const key = node.getAttribute("data-key");
if (key !== null) return `${name}=${key}`;
if (isField(node)) {
const kind = /^(checkbox|radio|file)$/.test(node.type) ? node.type : "";
return `${name}@${kind}@${node.name}@${kind && node.getAttribute("value")}`;
}
if (/^(SCRIPT|LINK|STYLE)$/.test(name)) return `${name}@${node.src || node.href || node.textContent}`;
return name;
}
function shared(run) {
const before = marked(run.olds, (node) => isOver(run, node));
const after = marked(run.news, () => false);
const marks = { found: new Map(), inOld: new Map(), inNew: new Map() };
for (const [name, next] of after) {
const old = before.get(name);
if (!old || !next) continue;
marks.found.set(name, old);
for (const [node, holders] of [[old, marks.inOld], [next, marks.inNew]]) {
for (let one = node; one; one = one.parentNode) {
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
if (node.nodeType !== 1) continue;
const found = node.querySelectorAll(MARKED);
for (const element of node.matches(MARKED) ? [node, ...found] : found) {
if (isLeft(element)) continue;
const name = mark(element);
all.set(name, all.has(name) ? null : element);
}
}
return all;
}
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
function update(run, old, next) {
if (old.nodeType !== 1) {
if (old.data === next.data || (run.keep && isTheirs(old, "", next.data))) return;
touch(old);
old.data = next.data;
return;
}
if (old.hasAttribute("hf-ignore") || old.hasAttribute("hf-preserve")) return;
if (isField(old)) return updateField(run, old, next);
attributes(run, old, next);
if (old.nodeName === "TEMPLATE") return old.content.replaceChildren(next.content);
const news = [...next.childNodes];
if (old.isLoadedLike?.(next) || (run.keep && (isWritten(old) || hasTheirChildren(old, news)))) return;
children(run, old, [...old.childNodes], news, null);
}
function updateField(run, field, next) {
const free = !run.keep || run.sent.has(field);
const dirty = isDirty(field);
const waits = !dirty && !free && isHeld(field);
const values = field.nodeName === "SELECT" && chosen(field);
const chosenAnew = !free && isChosenAnew(field);
attributes(run, field, next, waits ? "value" : chosenAnew && "checked");
if (!waits || values) children(run, field, [...field.childNodes], [...next.childNodes], null);
if (!dirty && !waits && !chosenAnew) reset(field);
else if (values) choose(field, values);
}
function attributes(run, old, next, except) {
const keep = run.keep || (run.afresh && isBound(old));
const skip = (name) => name === except || name === "nonce";
for (const attribute of next.attributes) {
const { name, value } = attribute;
const now = old.getAttribute(name);
if (now === value && lastSent(old, name) !== undefined) touch(old, name);
if (now === value || skip(name) || (keep && isTheirs(old, name, value))) continue;
const before = name === "class" && keep ? lastSent(old, name) : undefined;
const copy = attribute.cloneNode();
if (before !== undefined) copy.value = withTheirs(before, now, value);
touch(old, name, before !== undefined && copy.value !== value ? value : undefined);
old.setAttributeNode(copy);
}
for (const { name } of [...old.attributes]) {
if (next.hasAttribute(name) || skip(name) || (keep && isTheirs(old, name, null))) continue;
touch(old, name);
if (name === "open" && old.nodeName === "DIALOG") old.close();
old.removeAttribute(name);
}
}
function withTheirs(before, now, next) {
const [sent, had, says] = [before, now, next].map((text) => (text ?? "").split(/\s+/).filter(Boolean));
const kept = says.filter((name) => had.includes(name) || !sent.includes(name));
return [...new Set([...kept, ...had.filter((name) => !sent.includes(name))])].join(" ");
}
function applyPatches(patches) {
for (const patch of patches) {
const { action, target, html = "", announce: text } = patch;
const isPage = action === "refresh" && target === undefined;
const element = isPage ? document : document.getElementById(target);
if (element && Object.hasOwn(ACTIONS, action)) {
ACTIONS[action](element, html);
if (text) announce(text);
} else {
const error = new Error(element ? `There is no action ${action}.` : `${action}: there is no #${target}.`);
warn(error.message);
emit(document, "hf:error", { patch, error });
}
}
}
const ACTIONS = {
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
remove: (target) => changing(() => target.remove()),
refresh(target) {
if (target.reload) target.reload();
else emit(document, "hf:refresh");
},
};
function insert(parent, html, before) {
const nodes = parse(html, parent);
changing(() => {
for (const node of nodes) {
const same = node.id && document.getElementById(node.id);
if (same && same === before) before = same.nextSibling;
if (same) same.remove();
}
for (const node of nodes) place(parent, node, before);
});
}
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
.flatMap((node) => (node.nodeType === 1 ? [node, ...node.querySelectorAll("[hf-preserve]")] : []))
.filter((element) => element.id && element.hasAttribute("hf-preserve"));
const ASSET = "[data-hf-asset]";
const PLACE = new URL("../components/", import.meta.url).href; // nothing else is loaded: HTML may be somebody's
const PATIENCE = 3000;
const known = new Map();
const nonce = document.querySelector("script[nonce]")?.nonce ?? "";
for (const one of document.querySelectorAll(ASSET)) {
const there = { element: one, url: urlOf(one) };
if (document.head.contains(one)) {
disown(one);
known.set(markOf(one), there);
} else if (one.localName === "link") {
load(one, one);
} else {
known.set(markOf(one), there);
}
}
function markOf(one) {
return one.localName + one.dataset.hfAsset;
}
function urlOf(one) {
return one.getAttribute("href") ?? one.getAttribute("src");
}
function load(one, old) {
const name = markOf(one);
const url = urlOf(one);
const before = known.get(name);
if (!new URL(url, document.baseURI).href.startsWith(PLACE)) return warn(`${url} is not of a component.`);
if (before?.url === url) {
if (old) before.ready?.then(() => old.remove());
return before.ready;
}
const element = document.createElement(one.localName);
for (const { name, value } of one.attributes) element.setAttribute(name, value);
element.nonce = nonce;
const ready = element.localName === "link" && new Promise((done) => {
element.onload = () => done((old ?? before?.element)?.remove());
element.onerror = done;
});
known.set(name, { element, url, ready });
document.head.append(element);
return ready;
}
async function withAssets(nodes) {
const all = [...nodes];
const elements = all.filter((node) => node.nodeType === 1);
const found = elements.flatMap((node) => (node.matches(ASSET) ? [node] : [...node.querySelectorAll(ASSET)]));
const waiting = found.map((one) => (one.remove(), load(one)));
if (waiting.length) await Promise.race([Promise.all(waiting), new Promise((done) => setTimeout(done, PATIENCE))]);
return all.filter((node) => !found.includes(node));
}
const PATCHES = "application/vnd.hotframe.patches+json";
async function ask(url, kind, { frame, ...options } = {}) {
const headers = { "HF-Request": kind, Accept: `${PATCHES}, text/html;q=0.9` };
if (frame) headers["HF-Frame"] = frame;
if (!isOwn(url)) throw new Error(`${url} belongs to another site.`);
const response = await fetch(url, { ...options, headers });
if (!isOwn(response.url)) throw new Error(`${response.url} belongs to another site.`);
return response;
}
const isOwn = (url) => new URL(url, document.baseURI).origin === location.origin;
async function isDealtWith(response) {
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
const typeOf = (response) => (response.headers.get("Content-Type") ?? "").split(";")[0].trim();
function leave(url) {
const there = new URL(url, document.baseURI);
if (/^https?:$/.test(there.protocol)) location.assign(there);
}
function setBusy(element, busy) {
if (busy) element.setAttribute("aria-busy", "true");
else element.removeAttribute("aria-busy");
element.toggleAttribute("data-hf-busy", busy);
}
async function show(element, change) {
const wanted = element.closest("[data-hf-transition]") && document.startViewTransition &&
!matchMedia("(prefers-reduced-motion: reduce)").matches;
if (!wanted) return change();
const transition = document.startViewTransition(change);
transition.ready.catch(() => {});
await transition.updateCallbackDone;
}
const PREFETCHED = 10_000;
const places = new Map(JSON.parse(sessionStorage.getItem("hotframe.places") ?? "[]"));
let newest = null;
let shown = page(location.href);
let ahead = null;
function page(url) {
return url.split("#")[0];
}
const key = () => history.state?.hotframe ?? location.href;
let at = key();
function keepPlace() {
places.set(at, [scrollX, scrollY]);
}
function prefetch(url) {
if (ahead?.url === url || page(url) === shown || navigator.connection?.saveData) return;
ahead = { url, time: Date.now(), response: ask(page(url), "prefetch").catch(() => null) };
}
async function fetchPage(url, kind, options) {
const found = ahead;
ahead = null;
if (found?.url === url && !options.method && Date.now() - found.time < PREFETCHED) {
const response = await found.response;
if (response?.ok) return response;
}
return ask(page(url), kind, options);
}
async function visit(url, { history: entry = "push", kind = "visit", element, sent, ...options } = {}) {
url = new URL(url, document.baseURI).href;
newest?.abort();
const mine = (newest = new AbortController());
setBusy(document.documentElement, true);
try {
const response = await fetchPage(url, kind, { ...options, signal: mine.signal });
if (mine.signal.aborted || (await isDealtWith(response))) return;
const isPage = typeOf(response) === "text/html" && !response.headers.has("Content-Disposition");
if (!isPage && !options.method) return leave(url);
const html = await response.text();
if (mine.signal.aborted) return;
if (!isPage) throw new Error(`${url} answered with ${typeOf(response)}.`);
const more = { entry, hash: new URL(url).hash, element, sent, signal: mine.signal, ...options };
await showPage(parsePage(html), response, more);
} catch (error) {
if (mine.signal.aborted) return;
emit(document.documentElement, "hf:error", { url, error });
if (!options.method) leave(url);
} finally {
if (newest === mine) {
setBusy(document.documentElement, false);
newest = null;
}
}
}
async function showPage(next, response, { entry = "push", hash = "", element, sent, method, signal } = {}) {
const isAnswer = method && !response.redirected;
const url = isAnswer ? location.href : response.url + hash;
if (!isAnswer && String(assets(next)) !== String(assets(document))) return leave(url);
await withAssets([next.documentElement]);
if (signal?.aborted) return;
const same = isAnswer || new URL(url).pathname === new URL(shown).pathname;
const fields = sent && unchanged(sent);
keepPlace();
if (!isAnswer && entry !== "none") remember(url, entry);
await show(element ?? document.body, () => {
if (!same) closeAll();
morph(document.head, next.head);
morph(document.body, next.body, { keep: same, sent: response.ok ? fields : undefined });
for (const name of ["lang", "dir"]) {
if (next.documentElement.hasAttribute(name)) document.documentElement[name] = next.documentElement[name];
}
if (sent) settle(sent, fields, !response.ok);
if (isAnswer) return;
scrollAfter(hash, entry, page(url) === shown);
shown = page(url);
});
if (!same) begin();
if (isAnswer && !response.ok) focusOnRefusal(document.body, sent, fields);
emit(document.documentElement, "hf:load", { url });
}
function closeAll() {
for (const one of document.querySelectorAll("dialog:modal,:popover-open")) {
if (!one.closest("[hf-preserve]")) one.close ? one.close() : one.hidePopover();
}
}
function assets(page) {
const found = [...page.querySelectorAll("script,style,link[rel~=stylesheet]")];
return found
.filter((one) => !one.dataset.hfAsset && !isAdded(one) && (one.localName !== "script" || !one.type || /module|javascript/.test(one.type)))
.map((one) => one.getAttribute("src") ?? one.getAttribute("href") ?? one.textContent)
.sort();
}
function remember(url, entry) {
history.scrollRestoration = "manual";
const state = { hotframe: entry === "replace" ? key() : crypto.randomUUID() };
history[page(url) === shown && !new URL(url).hash ? "replaceState" : `${entry}State`](state, "", url);
}
function scrollAfter(hash, entry, same) {
at = key();
const aim = hash && document.getElementById(decodeURIComponent(hash.slice(1)));
if (entry === "none") scrollTo(...(places.get(key()) ?? [0, 0]));
else if (aim) aim.scrollIntoView();
else if (!same) scrollTo(0, 0);
}
function begin() {
const first = document.body.querySelector("[autofocus]");
if (first) first.focus();
else document.activeElement?.blur();
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
document.addEventListener("hf:refresh", () => visit(location.href, { history: "replace" }));
const watcher = new IntersectionObserver((entries) => {
for (const { isIntersecting, target } of entries) if (isIntersecting) target.begin(true);
});
class Frame extends HTMLElement {
static observedAttributes = ["src", "loading"];
#begun = null;
#newest = null;
#url = null;
connectedCallback() {
this.begin();
}
connectedMoveCallback() {}
disconnectedCallback() {
if (this.#newest) this.#begun = null;
this.#newest?.abort();
watcher.unobserve(this);
}
attributeChangedCallback() {
if (this.isConnected) this.begin();
}
begin(seen = false) {
const src = this.getAttribute("src");
if (!src || src === this.#begun) return;
if (this.getAttribute("loading") === "lazy" && !seen) return watcher.observe(this);
watcher.unobserve(this);
this.#begun = src;
this.load(src);
}
reload() {
this.load(this.#url ?? this.getAttribute("src") ?? location.href);
}
isLoadedLike(next) {
return this.#begun !== null && this.#begun === next.getAttribute("src");
}
async load(url, { kind = "frame", element = this, sent, ...options } = {}) {
this.#newest?.abort();
const mine = (this.#newest = new AbortController());
setBusy(this, true);
this.removeAttribute("data-hf-error");
try {
const response = await ask(url, kind, { frame: this.id, ...options, signal: mine.signal });
if (await isDealtWith(response)) return;
const { status } = response;
if (typeOf(response) !== "text/html") return this.#fail({ url, status }, status);
const html = await response.text();
if (!mine.signal.aborted) await this.#take(html, response, { element, sent, signal: mine.signal, ...options });
} catch (error) {
if (!mine.signal.aborted) this.#fail({ url, error }, "network");
} finally {
if (this.#newest === mine) {
setBusy(this, false);
this.#newest = null;
}
}
}
async #take(html, response, { element, sent, method, signal }) {
let nodes, others = [];
if (response.headers.get("HF-Frame") === this.id) {
nodes = parse(html, this);
others = nodes.filter((node) => node.dataset?.hfAppend);
nodes = nodes.filter((node) => !others.includes(node));
} else {
const page = parsePage(html);
const frame = [...page.querySelectorAll("hf-frame")].find((one) => one.id === this.id);
if (!frame) return this.#miss(page, response, { element, sent, method });
nodes = frame.childNodes;
await withAssets([page.documentElement]);
}
nodes = await withAssets(nodes);
if (signal.aborted) return;
const isAnswer = method && !response.redirected;
const path = (url) => new URL(url ?? "", document.baseURI).pathname;
const keep = isAnswer || path(this.#url ?? this.getAttribute("src")) === path(response.url);
const fields = sent && unchanged(sent);
const within = this.contains(document.activeElement);
await show(element, () => {
morph(this, nodes, { inner: true, keep, sent: response.ok ? fields : undefined });
if (sent) settle(sent, fields, !response.ok);
});
applyPatches(others.map((node) => ({ action: "append", target: node.dataset.hfAppend, html: node.innerHTML })));
if (!isAnswer) this.#url = response.url;
if (within && !this.contains(document.activeElement)) this.#focus();
if (isAnswer && !response.ok) focusOnRefusal(this, sent, fields);
if (this.hasAttribute("hf-announce")) announce(this.getAttribute("hf-announce") || this.innerText);
emit(this, "hf:load", { url: response.url });
}
#focus() {
const first = this.querySelector("[autofocus]");
if (!first) this.tabIndex = -1;
(first ?? this).focus({ preventScroll: true });
}
#miss(page, response, options) {
const { status, url } = response;
if (status >= 400 && status !== 422) return this.#fail({ url, status }, status);
warn(`${url} has no <hf-frame id="${this.id}">: it is shown as a page.`);
if (emit(this, "hf:missing-frame", { url, status })) return showPage(page, response, options);
}
#fail(detail, word) {
this.setAttribute("data-hf-error", word);
warn(`${detail.url}: ${detail.error?.message ?? detail.status}`);
emit(this, "hf:error", detail);
}
}
const sheet = new CSSStyleSheet();
sheet.replaceSync(":where(hf-frame) { display: block }");
document.adoptedStyleSheets.push(sheet);
const REST = 80;
let resting;
function follower(element, target) {
const near = element.closest("[data-hf-frame],hf-frame");
const name = near?.getAttribute("data-hf-frame");
const frame = name ? document.getElementById(name) : near;
if (name !== "_top" && target !== "_top" && frame?.load) return (url, options) => frame.load(url, { element, ...options });
const follows = element.closest("[data-hf-visit]")?.getAttribute("data-hf-visit");
return follows !== undefined && follows !== "false" && ((url, options) => visit(url, { element, ...options }));
}
function linkOf(event) {
const link = event.target.closest?.("a[href]");
if (!link || link.hasAttribute("download") || link.relList.contains("external")) return null;
const [page, mark] = link.href.split("#");
if (mark !== undefined && page === location.href.split("#")[0]) return null;
return isHere(link.target) && /^https?:$/.test(link.protocol) && isOwn(link.href) ? link : null;
}
const isHere = (target) => !target || target === "_self" || target === "_top";
function click(event) {
const link = linkOf(event);
const special = event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
if (!link || special || event.defaultPrevented) return;
const follow = follower(link, link.target);
if (!follow) return;
event.preventDefault();
follow(link.href, {});
}
async function submit(event) {
const { target: form, submitter, defaultPrevented } = event;
const said = (name) => submitter?.getAttribute(`form${name}`) ?? form.getAttribute(name) ?? "";
const method = said("method").toLowerCase() || "get";
const url = new URL(said("action") || location.href, document.baseURI);
const known = /^(get|post)$/.test(method) && said("enctype") !== "text/plain";
if (defaultPrevented || !known || !isHere(said("target")) || !isOwn(url)) return;
const follow = follower(submitter ?? form, said("target"));
if (!follow) return;
event.preventDefault();
if (method === "post" && form.hasAttribute("data-hf-busy")) return;
const data = new FormData(form, submitter);
const text = new URLSearchParams([...data].map(([name, value]) => [name, value.name ?? value]));
const sent = noteFields(form);
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
function rest(event) {
const link = linkOf(event);
clearTimeout(resting);
const wish = link?.closest("[data-hf-prefetch]")?.getAttribute("data-hf-prefetch");
if (wish === undefined || wish === "false" || link.closest("hf-frame,[data-hf-frame]")) return;
if (follower(link)) resting = setTimeout(() => prefetch(link.href), REST);
}
document.addEventListener("click", click);
document.addEventListener("submit", submit);
document.addEventListener("pointerover", rest, { passive: true });
customElements.define("hf-frame", Frame);
window.hotframe = { announce, morph, patch: applyPatches, visit };
