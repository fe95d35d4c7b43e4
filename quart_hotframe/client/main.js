// The client of HotFrame. Its parts are joined into static/hotframe.js by build.py.

import { announce } from "./announce.js";
import { applyPatches, register } from "./patches.js";
import { bind } from "./binding.js";
import { Frame } from "./frame.js";
import { click, rest, submit } from "./links.js";
import { hooks, watch } from "./watch.js";
import { listen } from "./triggers.js";
import { morph } from "./morph.js";
import { rootOf, send } from "./live.js";
import { upload } from "./upload.js";
import { visit } from "./navigation.js";

bind();
listen("hf-click"); // before links and forms are followed
listen("hf-submit");
document.addEventListener("click", click);
document.addEventListener("submit", submit);
document.addEventListener("pointerover", rest, { passive: true });
customElements.define("hf-frame", Frame);
window.hotframe = {
  announce, hooks, morph, patch: applyPatches, register, upload, visit,
  send: (element, event, args) => send(rootOf(element), { event, args, element }),
};
if (document.readyState === "complete") watch();
else addEventListener("DOMContentLoaded", watch);
