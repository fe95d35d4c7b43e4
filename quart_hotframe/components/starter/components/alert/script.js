// An alert goes when its button is pressed, and the focus returns to where it came from.
if (!customElements.get("hf-alert")) {
  customElements.define("hf-alert", class extends HTMLElement {
    connectedCallback() {
      this.addEventListener("click", this);
      this.addEventListener("focusin", this);
    }

    handleEvent(event) {
      if (event.type === "focusin") {
        if (!this.contains(event.relatedTarget)) this.before = event.relatedTarget;
      } else if (event.target.closest(".hf-alert-close")) {
        this.remove();
        this.before?.focus();
      }
    }
  });
}
