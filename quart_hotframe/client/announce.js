// Screen readers hear what changed, when they are done with what they say.

const region = document.createElement("div");
region.setAttribute("role", "status");
region.setAttribute("hf-ignore", "");
region.style.cssText = "position:fixed;clip-path:inset(50%)";

/** Say a text politely. */
export function announce(text) {
  if (!region.isConnected) document.body.append(region);
  region.textContent = "";
  // A region that was there before its text is read out by all of them.
  setTimeout(() => { region.textContent = text; }, 100);
}
