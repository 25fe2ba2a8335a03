// The reader: a document in a dialog, opened by anything with data-read and by ?clause= in the address.
(() => {
  const english = navigator.language.toLowerCase().startsWith("en");
  const words = english
    ? { opening: "Opening…", failed: "Cannot be read. Reload the page and try again.", close: "Close", none: "none", copied: "Copied" }
    : { opening: "正在打开…", failed: "读取失败。请刷新页面后重试。", close: "关闭", none: "没有", copied: "已复制" };
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const narrow = () => matchMedia("(max-width: 900px)").matches;
  const HIGHLIGHTS = Boolean(window.CSS && CSS.highlights && window.Highlight);
  const MOST_FOUND = 2000;

  let dialog, inside, server, opener, ticket = 0, known = "";

  // --- opening and closing

  function start(element, functions) {
    dialog = element.querySelector("dialog");
    inside = dialog.querySelector(".reader-inside");
    server = functions;
    dialog.addEventListener("close", closed);
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("keydown", pressed);
    dialog.addEventListener("input", (event) => { if (event.target.matches(".reader-words")) find(); });
    dialog.addEventListener("submit", (event) => { event.preventDefault(); step(1); });
    dialog.addEventListener("scroll", () => requestAnimationFrame(markPlace), true);
    const asked = new URLSearchParams(location.search).get("clause");
    if (asked) open(asked, "");
  }

  async function open(id, quote, from) {
    if (!dialog) return;
    if (!dialog.open) {
      opener = from || document.activeElement;
      known = dialog.dataset.document = "";
      say(words.opening);
      dialog.showModal();
    } else if (id.startsWith(`${known}.`) && !quote && goTo(id)) return;
    const mine = ++ticket;
    let reply;
    try {
      reply = await server.read_document({ id, quote: quote || "" });
    } catch {
      reply = { error: words.failed };
    }
    if (mine !== ticket || !dialog.open) return;
    if (!reply || reply.error) return say(reply?.error || words.failed);
    fill(reply, id);
  }

  function say(text) {
    const line = Object.assign(document.createElement("p"), { className: "reader-said", textContent: text });
    line.setAttribute("role", "status");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "reader-close", textContent: words.close });
    button.dataset.close = "";
    const bar = Object.assign(document.createElement("header"), { className: "reader-bar" });
    bar.append(button);
    inside.replaceChildren(bar, line);
  }

  function fill(reply, asked) {
    forget();
    inside.innerHTML = reply.html; // made by the server, where every value is escaped
    known = dialog.dataset.document = reply.document;
    address(reply.id || asked);
    const side = inside.querySelector(".reader-side");
    if (side && narrow()) side.open = false;
    if (reply.id && reply.id !== reply.document) goTo(reply.id);
    else (inside.querySelector(".reader-text, .reader-missing"))?.focus({ preventScroll: true });
    markPlace();
  }

  function closed() {
    ticket += 1;
    forget();
    address("");
    inside.replaceChildren();
    const at = opener && opener.isConnected ? opener : null;
    at?.focus({ preventScroll: true });
  }

  // The address can be copied while the reader is open; the page is not loaded anew.
  function address(id) {
    const url = new URL(location.href);
    id ? url.searchParams.set("clause", id) : url.searchParams.delete("clause");
    if (url.href !== location.href) history.replaceState(history.state, "", url);
  }

  function permalink(id) {
    const url = new URL(location.pathname, location.origin);
    url.searchParams.set("clause", id);
    return url.href;
  }

  // --- places in the document

  const textBox = () => inside.querySelector(".reader-text");
  const placeOf = (id) => document.getElementById(`rc-${id}`);

  function goTo(id) {
    const place = placeOf(id);
    if (!place) return false;
    inside.querySelectorAll(".is-hit").forEach((other) => other.classList.remove("is-hit"));
    place.classList.add("is-hit");
    const mark = place.querySelector("mark");
    // Twice: what is not on the screen has only a guessed height until it comes near.
    const show = () => bring(mark && place.offsetHeight > textBox().clientHeight ? mark : place);
    show();
    requestAnimationFrame(() => { show(); markPlace(id); });
    place.focus({ preventScroll: true });
    address(id);
    if (narrow()) inside.querySelector(".reader-side").open = false;
    return true;
  }

  // The text alone is scrolled: scrollIntoView would move the dialog's own frame too.
  function bring(place) {
    const box = textBox();
    box.scrollTop += place.getBoundingClientRect().top - box.getBoundingClientRect().top - Math.min(96, box.clientHeight / 6);
  }

  // The tree follows what is read: the clause that was gone to while it is in sight, then the one at the top.
  function markPlace(id) {
    const box = textBox();
    if (!box) return;
    const at = typeof id === "string" ? id : hitInSight(box) || topClause(box);
    const link = at && inside.querySelector(`.reader-tree a[data-goto="${CSS.escape(inTree(at))}"]`);
    const before = inside.querySelector(".reader-tree [aria-current]");
    if (!link || link === before) return;
    before?.removeAttribute("aria-current");
    link.setAttribute("aria-current", "location");
    for (let fold = link.closest("details"); fold && !fold.classList.contains("reader-side"); fold = fold.parentElement.closest("details")) fold.open = true;
    const tree = inside.querySelector(".reader-tree");
    const gap = link.getBoundingClientRect().top - tree.getBoundingClientRect().top;
    if (gap < 0 || gap > tree.clientHeight - 28) tree.scrollTop += gap - tree.clientHeight / 3;
  }

  const inTree = (id) => id.replace(/(\.t\d+)\.\d+$/, "$1"); // a row stands under its table

  function hitInSight(box) {
    const hit = inside.querySelector(".reader-text .is-hit"), frame = box.getBoundingClientRect();
    const at = hit?.getBoundingClientRect();
    return at && at.bottom > frame.top + 24 && at.top < frame.bottom - 24 ? hit.dataset.clause : null;
  }

  function topClause(box) {
    const frame = box.getBoundingClientRect();
    if (box.scrollTop < 8) return null;
    const at = document.elementFromPoint(frame.left + frame.width / 2, frame.top + 40);
    return at?.closest("[data-clause]")?.dataset.clause;
  }

  // --- find in the document

  let found = [], current = -1, timer = 0;

  // One character for one, so that places in the folded text are places in the text itself.
  const fold = (text) => text.toLowerCase().replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).toLowerCase();

  function find() {
    clearTimeout(timer);
    timer = setTimeout(search, 120);
  }

  function search() {
    forget();
    const wanted = fold(inside.querySelector(".reader-words").value.trim());
    if (!wanted) return tell();
    for (const box of inside.querySelectorAll(".rc-text, .rc-table td:not(.rc-row-tools)")) {
      collect(box, wanted);
      if (found.length >= MOST_FOUND) break;
    }
    if (HIGHLIGHTS) CSS.highlights.set("reader-found", new Highlight(...found));
    found.length ? show(nearest()) : tell();
  }

  function collect(box, wanted) {
    const text = fold(box.textContent);
    let at = text.indexOf(wanted);
    if (at < 0) return;
    const nodes = [];
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    for (let length = 0; walker.nextNode(); length += walker.currentNode.data.length) nodes.push([length, walker.currentNode]);
    const locate = (offset) => nodes.filter(([from]) => from <= offset).at(-1);
    for (; at >= 0 && found.length < MOST_FOUND; at = text.indexOf(wanted, at + wanted.length)) {
      const range = document.createRange();
      const [first, node] = locate(at), [last, end] = locate(at + wanted.length - 1);
      range.setStart(node, at - first);
      range.setEnd(end, at + wanted.length - last);
      found.push(range);
    }
  }

  // From where one reads, not from the start of the document.
  function nearest() {
    const hit = inside.querySelector(".rc.is-hit");
    if (!hit) return 0;
    const at = found.findIndex((range) => hit.compareDocumentPosition(range.startContainer) & (Node.DOCUMENT_POSITION_FOLLOWING | Node.DOCUMENT_POSITION_CONTAINED_BY));
    return Math.max(at, 0);
  }

  function show(at) {
    current = (at + found.length) % found.length;
    const range = found[current];
    if (HIGHLIGHTS) CSS.highlights.set("reader-current", new Highlight(range));
    else getSelection().setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset);
    bring(range.startContainer.parentElement);
    requestAnimationFrame(() => bring(range));
    tell();
  }

  function step(by) {
    if (found.length) show(current + by);
    else search();
  }

  function tell() {
    const count = inside.querySelector(".reader-count");
    const typed = inside.querySelector(".reader-words")?.value.trim();
    if (count) count.textContent = !typed ? "" : found.length ? `${current + 1}/${found.length}` : words.none;
  }

  function forget() {
    found = [];
    current = -1;
    if (HIGHLIGHTS) ["reader-found", "reader-current"].forEach((name) => CSS.highlights.delete(name));
  }

  // --- keys and clicks

  function pressed(event) {
    if (event.key === "Escape") return event.stopPropagation(); // it closes the dialog, and nothing else
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "f") {
      const box = inside.querySelector(".reader-words");
      if (!box) return;
      event.preventDefault();
      box.focus();
      return box.select();
    }
    if (event.target.matches(".reader-words")) {
      if (event.key === "Enter" && !event.isComposing && event.keyCode !== 229) {
        event.preventDefault();
        step(event.shiftKey ? -1 : 1);
      }
    } else if (event.target.closest(".reader-tree") && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      const links = [...inside.querySelectorAll(".reader-tree a")].filter((link) => link.checkVisibility ? link.checkVisibility() : link.offsetParent);
      const at = links.indexOf(event.target.closest("a") || event.target.querySelector("a"));
      event.preventDefault();
      links[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
    }
  }

  // Before the page's own listener, which copies what data-copy has.
  addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const link = event.target.closest("[data-permalink], [data-goto], [data-read], [data-close], [data-find]");
    if (!link) return;
    if (link.dataset.permalink) return void (link.dataset.copy = permalink(link.dataset.permalink));
    if (link.matches("a") && (event.ctrlKey || event.metaKey || event.shiftKey)) return; // a new tab, as for any link
    if (link.matches("a")) event.preventDefault();
    if (link.dataset.read) open(link.dataset.read, link.dataset.quote, link);
    else if (link.dataset.goto) goTo(link.dataset.goto);
    else if (link.dataset.find) step(Number(link.dataset.find));
    else dialog.close();
  }, true);

  window.clausePage.reader = { start, open };
})();
