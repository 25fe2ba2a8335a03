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

  // What is too large is told before it is sent: Gradio would say so in English, and after a while.
  let refuse = () => {};
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.type !== "file" || !input.closest("#library")) return;
    const most = Number(document.querySelector("#library [data-most]")?.dataset.most || Infinity);
    const size = [...input.files].reduce((sum, file) => sum + file.size, 0);
    if (size <= most) return;
    event.stopImmediatePropagation();
    input.value = "";
    refuse();
  }, true);

  // Files dropped on the tab are sent as if chosen; elsewhere the browser would leave the page to show them.
  const carriesFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  document.addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    const input = event.target instanceof Element && event.target.closest("#library") &&
      document.querySelector("#library-chooser input[type=file], #adding input[type=file]");
    if (!input || input.disabled) return;
    const files = new DataTransfer();
    [...event.dataTransfer.files].slice(0, input.multiple ? undefined : 1).forEach((file) => files.items.add(file));
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // What is being done stands at once in the row and on the button: the index takes seconds.
  function mark(panel, button) {
    panel.querySelectorAll("[data-held]").forEach((each) => {
      const id = CSS.escape(each.dataset.held);
      const row = document.querySelector(`#library-table [data-do="remove"][data-id="${id}"]`)?.closest("tr");
      for (const each of row ? [row, row.querySelector("td.held-acts")] : []) each.dataset.doing = button.dataset.doing;
    });
    button.textContent = button.dataset.doing;
  }

  function unmark() {
    document.querySelectorAll("#library-table [data-doing]").forEach((each) => { delete each.dataset.doing; });
  }

  function panel(element, trigger, watch) {
    let step = "";
    let deed = "";
    refuse = () => trigger("submit", { do: "too-large" });
    tell(element, (name, wish) => {
      element.querySelectorAll("button").forEach((button) => { button.disabled = true; }); // once is enough
      deed = wish.do;
      const pressed = wish.doing && element.querySelector(`[data-do="${CSS.escape(deed)}"][data-doing]`);
      if (pressed) mark(element, pressed);
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
        if (deed !== "removed" || now !== "told" || element.querySelector("[role='alert']")) unmark(); // else the row goes itself
        (now !== step || first?.matches("[role='alert']")) && element.querySelector("h2")?.focus();
        element.scrollIntoView({ block: "nearest" });
      } else if (!now && step) document.querySelector("#library-table .held-count")?.focus?.();
      step = now;
    });
  }

  window.clauseLibrary = { table, panel };
})();
