// What the page does beyond Gradio: marks lead to cards and back, copying, examples, and Enter in an IME.
(() => {
  document.documentElement.lang = /^en/i.test(navigator.language) ? "en" : "zh-CN";
  const CARD = /^#(card|near)-\d+-\d+$/;
  const TURN = /^#turn-(\d+)(-near)?/;
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  function reveal(target, block) {
    for (let box = target; box; box = box.parentElement) if (box.tagName === "DETAILS") box.open = true;
    target.scrollIntoView({ behavior: calm() ? "auto" : "smooth", block });
    target.focus({ preventScroll: true });
  }

  function highlight(target) {
    const card = target.closest(".card") || target; // marks of one clause share a card
    document.querySelectorAll(".is-hit").forEach((other) => other.classList.remove("is-hit"));
    card.classList.add("is-hit");
    reveal(card, "nearest");
  }

  function followLink(event, hash) {
    const turn = TURN.exec(hash);
    const target = turn
      ? document.getElementById(`turn-${turn[1]}${turn[2] || ""}`) || document.getElementById(`turn-${turn[1]}`)
      : CARD.test(hash) && document.getElementById(hash.slice(1));
    if (!turn && !CARD.test(hash)) return;
    // The page has a <base>, so following #card would load the page anew wherever the address has a query.
    event.preventDefault();
    if (!target) return;
    turn ? reveal(target, "start") : highlight(target);
  }

  function goBack(id) {
    const mark = [...document.querySelectorAll("#chat a")].find((link) => link.hash === `#${id}`);
    if (!mark) return;
    mark.classList.remove("is-flash");
    void mark.offsetWidth; // restarts the animation
    mark.classList.add("is-flash");
    reveal(mark, "center");
  }

  async function copy(button) {
    const text = button.dataset.copy;
    const label = button.dataset.label || button.textContent;
    button.dataset.label = label;
    button.textContent = (await write(text)) ? "已复制" : "复制失败";
    setTimeout(() => { button.textContent = label; }, 1600);
  }

  async function write(text) {
    try {
      if (navigator.clipboard) {
        await navigator.clipboard.writeText(text);
        return true;
      }
    } catch { /* refused: try the old way */ }
    // Plain http on an office network has no clipboard API.
    const box = Object.assign(document.createElement("textarea"), { value: text, readOnly: true });
    box.style.cssText = "position:fixed;opacity:0";
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    return done;
  }

  // The report lies in a frame that may not save; the page saves what it put there.
  function save(button) {
    const words = document.getElementById(button.dataset.save).srcdoc;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([words], { type: "text/html" }));
    link.download = button.dataset.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1600);
  }

  function askExample(question) {
    const box = document.querySelector("#question textarea");
    if (!box) return;
    box.value = question;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
    // Gradio reads the box a moment after the event.
    setTimeout(() => document.querySelector("#send:not([disabled])")?.click(), 120);
  }

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const link = event.target.closest("a[href*='#']");
    if (link) return followLink(event, link.hash);
    const button = event.target.closest("[data-copy], [data-back], [data-ask], [data-save]");
    if (!button) return;
    if (button.dataset.copy) copy(button);
    else if (button.dataset.back) goBack(button.dataset.back);
    else if (button.dataset.save) save(button);
    else askExample(button.dataset.ask);
  }, true);

  // Enter that picks a word in a Chinese input method must not send. Chromium and Firefox say isComposing; Safari
  // ends the composition first and says keyCode 229, and then still fires the keypress that Gradio listens to.
  let picking = false;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.keyCode !== 229) return;
    picking = event.isComposing || event.keyCode === 229;
    if (picking) event.stopImmediatePropagation();
  }, true);
  document.addEventListener("keypress", (event) => {
    if (event.key === "Enter" && (picking || event.isComposing)) event.stopImmediatePropagation();
  }, true);
  document.addEventListener("keyup", () => { picking = false; }, true);

  // Gradio's labels are English, and a message's is its Markdown source: the words themselves read better.
  function relabel() {
    document.querySelectorAll("#chat [data-testid][aria-label*='message: ']").forEach((box) => {
      box.removeAttribute("aria-label");
    });
    document.querySelector("#chat [role='log'][aria-label^='chatbot']")?.setAttribute("aria-label", "对话");
    if (document.documentElement.lang === "en") return;
    document.querySelectorAll("#chat button[aria-label='Scroll down']").forEach((button) => {
      button.setAttribute("aria-label", "滚到最下");
      button.title = "滚到最下";
    });
  }
  const watched = { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-label"] };
  new MutationObserver(relabel).observe(document.documentElement, watched);

  let shown = "";
  window.clausePage = {
    write,
    newTurn(element) {
      const now = element.querySelector(".turn-now")?.id || "";
      if (now !== shown) element.closest("#evidence")?.scrollTo(0, 0);
      shown = now;
    },
  };
})();
