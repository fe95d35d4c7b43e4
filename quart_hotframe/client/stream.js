// What others change comes by one stream for the page.

import { bookOf, change, keep, knownOf, post, send } from "./live.js";
import { pageMark, pause, tell } from "./connection.js";
import { emit, warn } from "./events.js";
import { applyPatches } from "./patches.js";
import { parse } from "./parse.js";
import { typeOf } from "./request.js";
import { withAssets } from "./assets.js";
import { all, byId } from "./page.js";

const SILENCE = 40_000; // milliseconds without a sign of life before a stream is given up
const HIDDEN = 30_000; // milliseconds that a hidden tab keeps its stream

const cursors = {}; // signed topic -> what was heard of it last
const streams = new Set(); // their AbortControllers: an old one ends when the new one is open
let wanted = ""; // what the stream is for
let hiding;

const instances = () => all("[hf-live][hf-stream]");
const topics = () => all("[hf-topic][hf-cursor]").map((one) => [one.getAttribute("hf-topic"), one.getAttribute("hf-cursor")]);

/** Open a stream for what the page has, unless there is one. */
export function connect() {
  const now = [...instances().map((root) => root.id + bookOf(root).signed), ...topics().map(([topic]) => topic)].join();
  const next = now && now + pageMark;
  if (next === wanted || (document.hidden && !streams.size)) return;
  wanted = next;
  close((one) => now && one.isOpen);
  if (now) follow();
}

/** End streams, but those that are to stay. */
function close(stays) {
  for (const one of streams) if (!stays?.(one)) streams.delete(one), one.abort();
}

async function follow() {
  const mine = new AbortController();
  const { signal } = mine;
  streams.add(mine);
  for (mine.tries = 0; !signal.aborted; ) {
    let response;
    const timer = setTimeout(again, SILENCE);
    try {
      response = await post("/stream", contents(), signal).finally(() => clearTimeout(timer));
      const { status } = response;
      if (/^(204|4(?!29)..)$/.test(status)) return end({ status, ...(await response.json().catch(() => null)) });
      if (typeOf(response) === "text/event-stream") await readFrames(response.body, mine);
    } catch (error) {
      warn(error);
    }
    if (signal.aborted) return;
    mine.isOpen = false;
    await pause(mine.tries++, response, mine.rest);
    delete mine.rest;
  }
}

function end(detail) {
  close();
  tell("stopped");
  emit(document, "hf:error", { ...detail, ...detail.error });
}

function contents() {
  const roots = instances().map((root) => [root.id, knownOf(bookOf(root))]);
  const known = topics().map(([topic, cursor]) => [topic, cursors[topic] ?? cursor]);
  return { instances: Object.fromEntries(roots), topics: Object.fromEntries(known) };
}

/** Read frames until the stream ends or is silent. */
async function readFrames(body, mine) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ; ) {
    const timer = setTimeout(() => reader.cancel().catch(warn), SILENCE);
    const { value, done } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    const frames = (text + value).split("\n\n");
    text = frames.pop();
    for (const frame of frames) {
      const [, name, data] = frame.match(/^event: (\w+)\ndata: (.*)$/) ?? [];
      if (mine.signal.aborted) return;
      await FRAMES[name]?.(JSON.parse(data), mine);
    }
  }
}

const FRAMES = {
  __proto__: null, // a name of the server finds nothing else
  open({ cursors: news, instances: held = {} }, mine) {
    mine.isOpen = true;
    mine.tries = 0;
    close((one) => one === mine);
    tell("live");
    Object.assign(cursors, news);
    for (const id in held) bookWith(id, (book) => keep(book, held[id]));
  },
  patches: (frame) => bookWith(frame.id, async (book) => {
    await withAssets(parse(frame.assets ?? ""));
    const isNew = frame.version > book.heard;
    if (isNew) book.heard = frame.version;
    return change(book, { ...frame, patches: frame.patches.filter(({ action }) => isNew || action === "html") });
  }),
  topic({ topic, name, cursor, payload }) {
    cursors[topic] = cursor;
    emit(document, "hf:topic", { name, payload });
  },
  missed({ topic, cursor }) {
    cursors[topic] = cursor;
    emit(document, "hf:missed", { topic });
  },
  presence: ({ topic, ...detail }) => emit(document, "hf:presence", detail),
  need: ({ id }) => bookWith(id, ({ root }) => send(root, { whole: true })),
  gone: ({ id }) => applyPatches([{ action: "gone", target: id }]),
  bye({ reason, retry, login }, mine) {
    if (reason === "reload") emit(document, "hf:refresh");
    if (retry === null) end({ reason, login });
    else mine.rest = Math.random() * retry;
  },
};

function bookWith(id, use) {
  const root = byId(id);
  return root && use(bookOf(root));
}

/** Listen anew to what the page has. */
function again() {
  wanted = "";
  close();
  connect();
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.hidden) hiding = setTimeout(again, HIDDEN);
  else connect();
});
addEventListener("pagehide", () => close());
addEventListener("pageshow", ({ persisted }) => persisted && again());
addEventListener("online", () => wanted && again());
addEventListener("offline", () => wanted && tell("offline"));
