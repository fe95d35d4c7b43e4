// Where somebody is stays where it is: focus, caret and marked text.

import { byId, focused } from "./page.js";

/** Run what changes the page, and give back the focus and the selection if they were lost. */
export function keepingFocus(change) {
  const active = focused();
  const caret = caretOf(active);
  const selection = getSelection();
  const { type, anchorNode, anchorOffset, focusNode, focusOffset } = selection;
  change();
  if (active && active !== document.body && active !== focused()) {
    const again = active.isConnected ? active : byId(active.id);
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

/** Go where a refused form says, unless somebody typed on in the meantime. */
export function focusOnRefusal(root, sent, fields) {
  const active = focused();
  if (!sent?.has(active) || fields.has(active)) root.querySelector("[autofocus]")?.focus();
}

function caretOf(element) {
  const { selectionStart: start, selectionEnd: end, selectionDirection: direction } = element ?? {};
  return start != null && [start, end, direction];
}
