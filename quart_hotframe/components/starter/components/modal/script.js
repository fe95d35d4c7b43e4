// What browsers do by themselves that know commands of buttons and closedby.
if (!("commandForElement" in HTMLButtonElement.prototype)) {
  const does = { "show-modal": "showModal", close: "close" };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    const method = does[button?.getAttribute("command")];
    if (!method || !dialog?.matches(".hf-modal")) return;
    if (method === "close" || !dialog.open) dialog[method]();
  });
}
if (!("closedBy" in HTMLDialogElement.prototype)) {
  document.addEventListener("click", (event) => {
    if (event.target.matches(".hf-modal:modal")) event.target.close(); // its box fills it
  });
}
