// The client of HotFrame. Its parts are joined into static/hotframe.js by build.py.

import { announce } from "./announce.js";
import { applyPatches } from "./patches.js";
import { Frame } from "./frame.js";
import { click, rest, submit } from "./links.js";
import { morph } from "./morph.js";
import { visit } from "./navigation.js";

document.addEventListener("click", click);
document.addEventListener("submit", submit);
document.addEventListener("pointerover", rest, { passive: true });
customElements.define("hf-frame", Frame);
window.hotframe = { announce, morph, patch: applyPatches, visit };
