// Whether the server can be reached, and when to try again.

import { pageElement } from "./page.js";

const LONGEST = 30_000; // milliseconds between two tries

/** Return 22 random letters and digits. */
export function randomName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(22)), (byte) => (byte % 36).toString(36)).join("");
}

/** What the server knows this page by. */
export let pageMark = randomName();

/** Take note that this is another page, whose components begin anew. */
export const renewPage = () => { pageMark = randomName(); };

/** Tell the page how it stands: live, retrying, offline or stopped. */
export function tell(state) {
  if (state === "retrying" && !navigator.onLine) state = "offline";
  pageElement.dataset.hfConnection = state;
}

/** Wait before the next try, but no longer than until there is a network again or somebody looks. */
export function pause(tries, response, time = delay(tries, response)) {
  tell("retrying");
  const over = new AbortController();
  const { signal } = over;
  return new Promise((done) => {
    setTimeout(done, time);
    addEventListener("online", done, { signal });
    document.addEventListener("visibilitychange", done, { signal });
  }).finally(() => over.abort());
}

/** Return how long to wait, in milliseconds: as the server asks, else longer each time and never as others do. */
const delay = (tries, response) =>
  response?.headers.get("Retry-After") * 1000 || Math.random() * Math.min(LONGEST, 250 * 2 ** tries);
