// Links to sections become tabs: one section is seen, and arrow keys, Home and End choose it.
if (!customElements.get("hf-tabs")) {
  customElements.define("hf-tabs", class extends HTMLElement {
    connectedCallback() {
      this.addEventListener("click", this);
      this.addEventListener("keydown", this);
      addEventListener("hashchange", this);
      this.changes = new MutationObserver(() => this.arrange());
      this.changes.observe(this, { childList: true });
      this.arrange();
    }

    disconnectedCallback() {
      removeEventListener("hashchange", this);
      this.changes.disconnect();
    }

    get tabs() {
      return [...this.querySelectorAll(":scope > .hf-tabs-list > li > .hf-tabs-tab")];
    }

    panel(tab) {
      return document.getElementById(tab.getAttribute("href").slice(1));
    }

    arrange() {
      const tabs = this.tabs;
      if (!tabs.length) return;
      this.querySelector(":scope > .hf-tabs-list").setAttribute("role", "tablist");
      for (const tab of tabs) {
        tab.parentElement.setAttribute("role", "presentation");
        tab.setAttribute("role", "tab");
        const panel = this.panel(tab);
        if (!panel) continue;
        tab.setAttribute("aria-controls", panel.id);
        panel.setAttribute("role", "tabpanel");
        panel.tabIndex = 0;
      }
      const named = (name) => tabs.find((tab) => tab.getAttribute(name) === "true");
      this.select(this.addressed() ?? named("aria-selected") ?? named("aria-current") ?? tabs[0]);
    }

    addressed() {
      return this.tabs.find((tab) => tab.hash === location.hash);
    }

    select(chosen) {
      for (const tab of this.tabs) {
        const on = tab === chosen;
        tab.setAttribute("aria-selected", String(on));
        tab.removeAttribute("aria-current");
        tab.tabIndex = on ? 0 : -1;
        const panel = this.panel(tab);
        if (panel) panel.hidden = !on;
      }
    }

    handleEvent(event) {
      if (event.type === "hashchange") {
        const tab = this.addressed();
        if (tab) this.select(tab);
        return;
      }
      const tab = event.target.closest?.(".hf-tabs-tab");
      const tabs = this.tabs;
      const now = tabs.indexOf(tab);
      if (now < 0) return;
      if (event.type === "click") {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        this.select(tab);
        return;
      }
      const forward = getComputedStyle(this).direction === "rtl" ? -1 : 1;
      const steps = { ArrowRight: now + forward, ArrowLeft: now - forward, Home: 0, End: -1, " ": now };
      if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const next = tabs.at(steps[event.key] % tabs.length);
      this.select(next);
      next.focus();
    }
  });
}
