// A toast goes when its button is pressed, or after its time, which stands still while somebody is
// in it. The focus returns to where it came from.
if (!customElements.get("hf-toast")) {
  customElements.define("hf-toast", class extends HTMLElement {
    connectedCallback() {
      for (const type of ["click", "focusin", "focusout", "pointerenter", "pointerleave"]) {
        this.addEventListener(type, this);
      }
      this.wait();
    }

    disconnectedCallback() {
      clearTimeout(this.timer);
    }

    wait() {
      clearTimeout(this.timer);
      const seconds = Number(this.getAttribute("seconds"));
      if (seconds > 0) this.timer = setTimeout(() => this.leave(), seconds * 1000);
    }

    leave() {
      const focused = this.contains(document.activeElement);
      this.remove();
      if (focused) this.before?.focus();
    }

    handleEvent(event) {
      if (event.type === "click") {
        if (event.target.closest(".hf-toast-close")) this.leave();
        return;
      }
      if (event.type === "focusin" && !this.contains(event.relatedTarget)) {
        this.before = event.relatedTarget;
      }
      if (event.type === "focusin" || event.type === "pointerenter") clearTimeout(this.timer);
      else if (!this.matches(":hover, :focus-within")) this.wait();
    }
  });
}
