// Text of HTML becomes nodes that run no script.

import { address, all } from "./page.js";

/** Return the nodes of a piece of HTML, read as it is read within `parent`: rows, options, shapes. */
export function parse(html, parent) {
  const template = document.createElement("template");
  const shapes = parent instanceof SVGElement && parent.localName !== "foreignObject";
  template.innerHTML = shapes ? `<svg>${html}</svg>` : html;
  const holder = shapes ? template.content.firstChild : template.content;
  return [...holder.childNodes];
}

/** Say whether an address leads to a page, and runs nothing. */
export const isPlain = (url) => /^https?:$/.test(address(url).protocol);

/** Return the document of a whole page. */
export function parsePage(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  // Read without scripting, these are elements; in a page that runs scripts they are text.
  for (const element of all("noscript", page)) element.textContent = element.innerHTML;
  return page;
}
