// Files that somebody chose or dropped: they go to the server at once, one after the other, in pieces.

import { pageMark, pause, randomName, tell } from "./connection.js";
import { emit, setOrRemove } from "./events.js";
import { LIVE, rootOf, send } from "./live.js";
import { ACTIONS } from "./patches.js";
import { ask } from "./request.js";
import { all } from "./page.js";

const PIECE = 256 * 1024; // bytes
const MOST = 9; // tries to send a piece: a file that cannot be read is given up, too
const sending = {}; // id of an instance, and field -> the files that are on their way

/** Let the server have files for a field, in the place of those that are on their way. */
export async function upload(element, chosen) {
  const root = rootOf(element);
  const field = element.getAttribute("hf-upload");
  const key = root.id + field;
  const waiting = sending[key] = [...chosen];
  let total = 0;
  let loaded = 0;
  const files = waiting.map(({ name, size, type }) => (total += size, { mark: randomName(), name, size, type }));
  const say = (arrived) => new Promise((onward) => {
    send(root, { event: "change_files", args: { field, files, arrived }, onward });
  });
  const show = (name) => {
    setOrRemove(root, "data-hf-uploading", name);
    for (const bar of all(`[hf-progress="${field}"]`, root)) bar.value = loaded / total || 0;
    emit(element, "hf:upload", { field, loaded, total });
  };
  show(field); // from now on a form waits
  let result = await say(false);
  const isOn = () => sending[key] === waiting && element.isConnected && result && !result.errors?.[field];
  for (const { mark, size } of files) {
    const file = waiting.shift();
    for (let at = 0, tries = 0; at < size && isOn(); ) {
      show(field);
      const url = `${LIVE}/upload?page=${pageMark}&id=${root.id}&file=${mark}&at=${at}`;
      const response = await ask(url, "upload", { method: "POST", body: file.slice(at, at + PIECE) }).catch(() => null);
      const answer = await response?.json().catch(() => null);
      if (answer?.at > at) {
        if (tries) tell("live");
        loaded += answer.at - at;
        at = answer.at;
        tries = 0;
      } else if (tries >= MOST || /^4(?!09|29)/.test(response?.status)) {
        break;
      } else {
        await pause(tries++, response);
      }
    }
  }
  if (isOn()) result = await say(true);
  if ((sending[key] ?? waiting) !== waiting) return;
  loaded = isOn() ? total : 0;
  show(null);
  if (element.files) element.value = "";
}

function takeFiles(event) {
  const { type, target, dataTransfer } = event;
  const element = target.closest?.("[hf-upload]");
  if (!element || (!dataTransfer && element !== target)) return;
  if (dataTransfer) event.preventDefault(); // else nothing can be dropped, or leaves the page
  const { files } = dataTransfer ?? target;
  if (type !== "dragover" && files.length) upload(element, files);
}

ACTIONS.upload = (target, html, { name }) => { delete sending[target.id + name]; };

for (const type of ["change", "dragover", "drop"]) document.addEventListener(type, takeFiles);
