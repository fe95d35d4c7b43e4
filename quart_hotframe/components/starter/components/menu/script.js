// A list in a popover becomes a menu: arrow keys, Home, End and first letters move in it. That it
// opens, closes with Escape and gives the focus back is done by the browser.
if (!customElements.get("hf-menu")) {
  customElements.define("hf-menu", class extends HTMLElement {
    connectedCallback() {
      this.setAttribute("role", "menu");
      for (const type of ["beforetoggle", "toggle", "keydown", "click"]) {
        this.addEventListener(type, this);
      }
      this.button = document.querySelector(`[popovertarget="${CSS.escape(this.id)}"]`);
      this.button?.setAttribute("aria-haspopup", "menu");
      this.button?.addEventListener("keydown", this);
      this.name();
    }

    disconnectedCallback() {
      this.button?.removeEventListener("keydown", this);
    }

    get items() {
      return [...this.querySelectorAll("a[href], button:not(:disabled)")];
    }

    name() {
      for (const item of this.items) {
        item.setAttribute("role", "menuitem");
        item.tabIndex = -1;
      }
    }

    handleEvent(event) {
      if (event.type === "beforetoggle") this.name();
      else if (event.type === "toggle") this.toggled(event);
      else if (event.type === "click") {
        if (event.target.closest("[role=menuitem]")) this.hidePopover();
      } else if (event.currentTarget === this) this.moved(event);
      else this.pressed(event);
    }

    toggled(event) {
      if (event.newState !== "open") return;
      if (!CSS.supports("position-area", "block-end")) this.place();
      if (!this.contains(document.activeElement)) this.items[0]?.focus();
    }

    // For browsers that cannot place a popover beside its button.
    place() {
      const at = this.button.getBoundingClientRect();
      const left = Math.min(at.left, innerWidth - this.offsetWidth - 8);
      Object.assign(this.style, { inset: "auto", margin: "0", top: `${at.bottom + 4}px`, left: `${Math.max(8, left)}px` });
    }

    pressed(event) {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      if (!this.matches(":popover-open")) this.showPopover({ source: this.button });
      this.items.at(event.key === "ArrowUp" ? -1 : 0)?.focus();
    }

    moved(event) {
      const items = this.items;
      const now = items.indexOf(document.activeElement);
      const steps = { ArrowDown: now + 1, ArrowUp: now < 0 ? -1 : now - 1, Home: 0, End: -1 };
      if (event.key in steps) {
        event.preventDefault();
        items.at(steps[event.key] % items.length)?.focus();
      } else if (event.key === "Tab") {
        this.hidePopover();
      } else if (event.key === " " && document.activeElement.matches("a")) {
        event.preventDefault();
        document.activeElement.click();
      } else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) {
        const letter = event.key.toLowerCase();
        const after = [...items.slice(now + 1), ...items.slice(0, now + 1)];
        after.find((item) => item.textContent.trim().toLowerCase().startsWith(letter))?.focus();
      }
    }
  });
}
