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

  function leads(event) {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey) return true;
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    return event.key === "/" && !typing && !event.ctrlKey && !event.altKey && !event.metaKey;
  }
})();
