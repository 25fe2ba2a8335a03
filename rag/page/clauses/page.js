// Clause search: the address follows the search, focus goes to the results, and a clause can be asked about.
(() => {
  const own = () => new URLSearchParams(location.search).get("tab") === "clauses";
  let asked = false; // by Enter, the button or a link: then the heading of the results gets the focus
  let last = ""; // the address of the search shown

  const button = (name) => document.getElementById(`tab-${name}-button`);
  const isOpen = () => button("clauses")?.getAttribute("aria-selected") === "true";

  // What belongs to others stays in the address: the clause that is read, and Gradio's own with two underscores.
  function write(search) {
    const parameters = new URLSearchParams(search);
    for (const [name, value] of new URLSearchParams(location.search)) {
      if (name === "clause" || name.startsWith("__")) parameters.append(name, value);
    }
    const words = parameters.toString();
    history.replaceState(history.state, "", location.pathname + (words ? `?${words}` : ""));
  }

  window.clauseSearch = {
    address: () => (own() ? location.search : last),
    asked() { asked = true; },
    shown(element) {
      const found = element.querySelector("[data-address]");
      if (found) {
        last = found.dataset.address;
        if (isOpen()) write(last);
      }
      if (!asked) return;
      asked = false;
      element.closest("#clauses-main")?.scrollTo(0, 0);
      document.getElementById("found-heading")?.focus({ preventScroll: innerWidth > 900 });
    },
  };

  // A tab's parts are made when it is first opened, so the address of a search opens it. While the page puts itself
  // together it may still choose its first tab: ours is chosen until its results are there, or the visitor does something.
  function openByAddress() {
    if (!own()) return;
    const settle = new MutationObserver(() => {
      if (document.querySelector("#clauses-found [data-address]")) return settle.disconnect();
      if (button("clauses") && !isOpen()) button("clauses").click();
    });
    settle.observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["aria-selected"] });
    for (const sign of ["pointerdown", "keydown"]) addEventListener(sign, () => settle.disconnect(), { once: true, capture: true });
  }
  openByAddress();

  function askAbout(clause) {
    button("ask")?.click();
    begin(`${clause}: `, 60);
  }

  // The box can be typed into once its tab is drawn.
  function begin(words, frames) {
    const box = document.querySelector("#question textarea");
    if (!box?.offsetParent) return frames && requestAnimationFrame(() => begin(words, frames - 1));
    box.value = words;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
    box.setSelectionRange(words.length, words.length);
  }

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const about = event.target.closest("[data-about]");
    if (about) return askAbout(about.dataset.about);
    if (event.target.closest("#clauses-find")) asked = true;
    if (event.target.closest("#clauses-fold")) document.getElementById("clauses-side")?.classList.toggle("is-open");
    const tab = event.target.closest("#tabs [role=tab]");
    if (tab && tab.id !== "tab-clauses-button" && own()) write("");
    else if (tab && tab.id === "tab-clauses-button" && last) write(last);
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing && event.target.closest?.("#clauses-words, #clauses-figure")) asked = true;
  }, true);
})();
