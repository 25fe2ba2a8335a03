// The evidence: arrow keys between citations, a look at a clause from its mark, neighbours, what is wrong with it.
(() => {
  const english = navigator.language.toLowerCase().startsWith("en");
  const words = english
    ? { mark: (n, all) => `Citation ${n} of ${all}`, failed: "Not sent. Try again.", unread: "Cannot be read. Try again." }
    : { mark: (n, all) => `第${n}处引用,共${all}处`, failed: "未能发送,请重试;所填内容仍在。", unread: "读取失败,请重试。" };
  const MARK = "#chat a[href*='#card-']";
  const BY = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  let server;

  // --- what a screen reader is told

  let teller;
  function tell(text) {
    if (!teller) {
      teller = Object.assign(document.createElement("div"), { className: "sr-only", id: "citation-told" });
      teller.setAttribute("aria-live", "polite");
      document.body.append(teller);
    }
    teller.textContent = text;
  }

  // --- arrow keys

  const cards = () => [...document.querySelectorAll("#evidence .card")].filter((card) => !card.closest("details.turn:not([open])"));
  const marks = () => [...document.querySelectorAll(MARK)];

  function keyed(event) {
    const by = BY[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !(event.target instanceof Element)) return;
    const mark = event.target.closest(MARK);
    if (mark) return move(event, marks(), mark, by, (all, at) => tell(words.mark(at + 1, all.length)));
    if (!event.target.closest("#evidence") || event.target.closest("form, input, textarea, select, .trace")) return;
    const card = event.target.closest(".card");
    move(event, cards(), card, by, (all, at) => lightUp(all[at]));
  }

  function move(event, all, from, by, then) {
    if (!all.length) return;
    event.preventDefault();
    const at = from ? all.indexOf(from) + by : by > 0 ? 0 : all.length - 1;
    if (at < 0 || at >= all.length) return;
    const goal = all[at].matches("details") ? all[at].querySelector("summary") : all[at];
    goal.focus({ preventScroll: true });
    all[at].scrollIntoView({ block: "nearest" });
    then(all, at);
  }

  function lightUp(card) {
    document.querySelectorAll(".is-hit").forEach((other) => other.classList.remove("is-hit"));
    card.classList.add("is-hit");
  }

  // A card that several marks share shows which of its quotes the mark means, and leads back to that mark.
  function pointOut(hash) {
    const [, kind, turn, n] = /^#(card)-(\d+)-(\d+)$/.exec(hash) || [];
    const card = kind && document.getElementById(`card-${turn}-${n}`)?.closest(".card");
    if (!card) return;
    restore(card);
    const shared = card.querySelectorAll(".card-n").length > 1;
    card.querySelectorAll("mark").forEach((mark) => mark.classList.toggle("is-now", shared && mark.dataset.n.split(" ").includes(n)));
    card.querySelector(".card-tools [data-back]").dataset.back = `card-${turn}-${n}`;
    const quote = card.querySelector(`mark[data-n~="${n}"]`), column = document.getElementById("evidence");
    if (quote && card.offsetHeight > column.clientHeight - 60) requestAnimationFrame(() => quote.scrollIntoView({ block: "center" }));
  }

  // --- the neighbours of a clause in its card's place

  const faces = new WeakMap();

  function restore(card) {
    const cited = faces.get(card);
    if (!cited) return;
    card.querySelector(".card-face").replaceWith(cited);
    faces.delete(card);
  }

  async function beside(button) {
    const card = button.closest(".card"), by = Number(button.dataset.beside);
    let reply;
    try {
      reply = await server.show_beside({ id: button.dataset.from, by });
    } catch {
      reply = { said: words.unread };
    }
    if (!card.isConnected) return;
    if (reply.html && reply.id !== card.dataset.clause) swap(card, reply.html);
    else if (reply.html) restore(card);
    const face = card.querySelector(".card-face"), said = face.querySelector(".card-said");
    if (reply.html) tell(reply.said);
    else said.textContent = reply.said;
    const same = face.querySelector(`[data-beside="${by}"]:not(:disabled)`) || face.querySelector("[data-cited]");
    same?.focus({ preventScroll: true });
  }

  function swap(card, html) {
    const box = document.createElement("template");
    box.innerHTML = html; // made by the server, where every value is escaped
    const face = card.querySelector(".card-face");
    if (!faces.has(card)) faces.set(card, face);
    face.replaceWith(box.content.querySelector(".card-face"));
  }

  // --- 引用有误

  function openForm(button) {
    const card = button.closest(".card"), before = card.querySelector("form.report, .report-thanks");
    if (before) return closeForm(card);
    card.querySelector(".card-face").after(document.getElementById("report-form").content.cloneNode(true));
    button.setAttribute("aria-expanded", "true");
    card.querySelector("form.report input").focus({ preventScroll: true });
    card.querySelector("form.report").scrollIntoView({ block: "nearest" });
  }

  function closeForm(card) {
    card.querySelector("form.report, .report-thanks")?.remove();
    const button = card.querySelector("[data-report]");
    button?.setAttribute("aria-expanded", "false");
    button?.focus({ preventScroll: true });
  }

  async function sendForm(form) {
    const card = form.closest(".card"), turn = form.closest("[data-turn]"), given = new FormData(form);
    const main = form.querySelector("[type=submit]");
    if (main.disabled) return;
    main.disabled = true;
    let reply;
    try {
      reply = await server.send_report({
        question: turn.dataset.question, turn: Number(turn.dataset.turn), history: earlier(Number(turn.dataset.turn)),
        conversation: turn.dataset.conversation || "", clause: card.dataset.clause,
        reason: given.get("reason") || "", words: given.get("words"), right: given.get("right"),
      });
    } catch {
      reply = { done: false, said: words.failed };
    }
    main.disabled = false;
    if (!reply.done) return void (form.querySelector(".report-said").textContent = reply.said);
    const thanks = Object.assign(document.createElement("p"), { className: "report-thanks", textContent: reply.said, tabIndex: -1 });
    thanks.setAttribute("role", "status");
    form.replaceWith(thanks);
    thanks.focus({ preventScroll: true });
  }

  const earlier = (number) => [...document.querySelectorAll("#evidence [data-turn]")]
    .filter((turn) => Number(turn.dataset.turn) < number)
    .sort((a, b) => a.dataset.turn - b.dataset.turn)
    .map((turn) => turn.dataset.question);

  // --- a look at the clause from its mark

  let look, waiting = 0, seen = null;

  function showLook(mark) {
    const chip = document.getElementById(mark.hash.slice(1)), card = chip?.closest(".card");
    if (!card || (seen === mark && look.isConnected)) return;
    const n = /-(\d+)$/.exec(mark.hash)[1], face = faces.get(card) || card;
    const quotes = [...face.querySelectorAll(`mark[data-n~="${n}"]`)].map((one) => one.textContent).join("");
    hideLook();
    look = Object.assign(document.createElement("div"), { className: "mark-look", id: "mark-look" });
    look.setAttribute("role", "tooltip");
    for (const [name, text] of [["b", `〔${n}〕 ${face.querySelector(".card-path").textContent}`], ["i", face.querySelector(".card-title").textContent], ["p", quotes || face.querySelector(".clause").textContent]]) {
      look.append(Object.assign(document.createElement(name), { textContent: text }));
    }
    document.body.append(look);
    mark.setAttribute("aria-describedby", "mark-look");
    seen = mark;
    place(mark);
  }

  function place(mark) {
    const at = mark.getBoundingClientRect(), box = look.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left - 24), innerWidth - box.width - 8);
    const under = at.bottom + 8; // not over the words that it bears out
    look.style.left = `${left}px`;
    look.style.top = `${under + box.height < innerHeight - 8 ? under : Math.max(8, at.top - box.height - 8)}px`;
  }

  function hideLook() {
    clearTimeout(waiting);
    look?.remove();
    seen?.removeAttribute("aria-describedby");
    seen = null;
  }

  function pointed(event) {
    if (!(event.target instanceof Element) || event.pointerType === "touch") return;
    clearTimeout(waiting);
    const mark = event.target.closest(MARK);
    if (mark) waiting = setTimeout(() => showLook(mark), 160);
    else if (seen && !event.target.closest(".mark-look")) waiting = setTimeout(hideLook, 200);
  }

  // --- listeners: the column is drawn anew with every answer, so they stand above it

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && seen) hideLook();
    const form = event.target instanceof Element && event.target.closest("form.report");
    if (form && event.key === "Escape") {
      event.stopPropagation();
      closeForm(form.closest(".card"));
    } else keyed(event);
  }, true);
  document.addEventListener("pointerover", pointed);
  document.addEventListener("focusin", (event) => {
    const mark = event.target instanceof Element && event.target.matches(":focus-visible") && event.target.closest(MARK);
    mark ? showLook(mark) : hideLook();
  });
  document.addEventListener("scroll", hideLook, true);
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.report")) return;
    event.preventDefault();
    sendForm(event.target);
  });
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const mark = event.target.closest(MARK);
    if (mark) {
      hideLook();
      return pointOut(mark.hash);
    }
    const button = event.target.closest("#evidence button");
    if (!button) return;
    const card = button.closest(".card");
    if (button.dataset.beside) beside(button);
    else if ("cited" in button.dataset) { restore(card); card.querySelector("[data-beside]").focus(); }
    else if ("report" in button.dataset) openForm(button);
    else if ("unreport" in button.dataset) closeForm(card);
  });

  window.clausePage.evidence = { start(element, functions) { server = functions; } };
})();
