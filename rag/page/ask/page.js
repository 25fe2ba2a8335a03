// The conversation: its buttons, its keys, its menus.
(() => {
  const shown = (css) => [...document.querySelectorAll(css)].some((each) => each.checkVisibility());
  const box = () => document.querySelector("#question textarea");

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const open = document.querySelector("#chat .menu[open]");
    if (open && !open.contains(event.target)) open.open = false;
    const button = event.target.closest("#chat button.act");
    if (!button) return;
    if (open) open.open = false;
    window.clauseAct?.(button.name, button.name === "ask" ? button.textContent : "");
    if (matchMedia("(pointer: fine)").matches) box()?.focus(); // the button goes with what it mended
  }, true);

  // Esc closes a menu, else stops the answer; "/" and Ctrl+K lead to the box.
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const menu = document.querySelector("#chat .menu[open]");
    if (event.key === "Escape" && menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (event.key === "Escape" && shown("#stop")) {
      document.querySelector("#stop").click();
    } else if (leads(event) && box()?.checkVisibility()) {
      event.preventDefault();
      box().focus();
    }
  });

  // A new question goes to the top of the conversation and stays there while its answer grows, unless one scrolls away.
  let questions = 0;
  let held = false;
  let release = 0;
  const scroller = () => document.querySelector("#chat .bubble-wrap");

  function hold() {
    const rows = document.querySelectorAll("#chat .user-row");
    if (rows.length !== questions) {
      held = rows.length > questions;
      questions = rows.length;
    }
    const pane = scroller();
    if (!held || !pane || !rows.length) return;
    const row = rows[rows.length - 1];
    pane.scrollTop += row.getBoundingClientRect().top - pane.getBoundingClientRect().top - 10;
    clearTimeout(release); // once the answer stands, marks and cards may scroll to where they like
    if (!document.querySelector("#chat a[href$='-live']")) release = setTimeout(() => { held = false; }, 400);
  }
  for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    document.addEventListener(kind, (event) => {
      if (event.target instanceof Element && event.target.closest("#chat")) held = false;
    }, { capture: true, passive: true });
  }
  new MutationObserver(hold).observe(document.documentElement, { childList: true, subtree: true });

  const first = (navigator.languages?.[0] || navigator.language || "").toLowerCase();
  document.documentElement.dataset.language = first.startsWith("en") ? "en" : "zh";

  function leads(event) {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey) return true;
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    return event.key === "/" && !typing && !event.ctrlKey && !event.altKey && !event.metaKey;
  }
})();
