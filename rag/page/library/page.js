// The library: its buttons tell the server what is wished for; focus goes where something new is to be read.
(() => {
  const READY = "[data-do]:not([disabled])";

  function tell(element, trigger) {
    element.addEventListener("click", (event) => {
      const button = event.target instanceof Element && event.target.closest(READY);
      if (button) trigger("submit", { ...button.dataset });
    });
  }

  // A row of the table, or of a list, is told by what its button would do.
  const place = (button) => [...Object.entries(button.dataset)].map(([key, value]) => `[data-${key}="${CSS.escape(value)}"]`).join("");

  function table(element, trigger, watch) {
    let last = "";
    tell(element, trigger);
    element.addEventListener("click", (event) => {
      const button = event.target instanceof Element && event.target.closest(READY);
      last = button ? place(button) : "";
    });
    watch("value", () => {
      if (!last) return;
      const again = element.querySelector(last) || element.querySelector(".held-count");
      last = "";
      again?.focus?.({ preventScroll: true });
    });
    trigger("submit", { do: "show" });
  }

  function panel(element, trigger, watch) {
    let step = "";
    tell(element, (name, wish) => {
      element.querySelectorAll("button").forEach((button) => { button.disabled = true; }); // once is enough
      trigger(name, wish);
    });
    element.addEventListener("submit", (event) => {
      const form = event.target;
      event.preventDefault();
      event.stopPropagation();
      element.querySelectorAll("button").forEach((button) => { button.disabled = true; });
      trigger("submit", { do: "correct", name: form.dataset.name, fields: Object.fromEntries(new FormData(form)) });
    });
    watch("value", () => {
      const shown = element.querySelector("[data-step]");
      const now = shown?.dataset.step || "";
      if (now && now !== "progress") {
        const first = element.querySelector("[role='alert'], h2");
        (now !== step || first?.matches("[role='alert']")) && element.querySelector("h2")?.focus();
        element.scrollIntoView({ block: "nearest" });
      } else if (!now && step) document.querySelector("#library-table .held-count")?.focus?.();
      step = now;
    });
  }

  window.clauseLibrary = { table, panel };
})();
