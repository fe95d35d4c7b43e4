// Text of HTML becomes nodes that run no script.

const SVG = "http://www.w3.org/2000/svg";

/** Return the nodes of a piece of HTML, read as it is read within `parent`: rows, options, shapes. */
export function parse(html, parent) {
  const template = document.createElement("template");
  const shapes = parent?.namespaceURI === SVG && parent.localName !== "foreignObject";
  template.innerHTML = shapes ? `<svg>${html}</svg>` : html;
  const holder = shapes ? template.content.firstChild : template.content;
  return [...holder.childNodes];
}

/** Say whether an address leads to a page, and runs nothing. */
export const isPlain = (url) => /^https?:$/.test(new URL(url, document.baseURI).protocol);

/** Return the document of a whole page. */
export function parsePage(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  // Read without scripting, these are elements; in a page that runs scripts they are text.
  for (const element of page.querySelectorAll("noscript")) element.textContent = element.innerHTML;
  return page;
}
