// The list of conversations: opened by a click, renamed in place, deleted once that is confirmed.
(() => {
  let next = ""; // the conversation that gets the focus when the list is drawn anew

  const part = (talk, css) => talk.querySelector(css);

  // A talk shows one of: its row, the question whether to delete it, the box with its name.
  function showOnly(talk, css) {
    for (const each of [".talk-row", ".talk-sure", ".talk-name"]) part(talk, each).hidden = each !== css;
  }
  function backToRow(talk, tool) {
    showOnly(talk, ".talk-row");
    part(talk, tool)?.focus();
  }
  function rename(talk) {
    showOnly(talk, ".talk-name");
    const box = part(talk, "input");
    box.value = box.defaultValue;
    box.select();
  }
  function neighbour(talk) {
    const all = [...document.querySelectorAll("#history-list .talk")];
    const at = all.indexOf(talk);
    return (all[at + 1] || all[at - 1])?.dataset.talk || "";
  }

  function listen(element, trigger, watch) {
    const act = (talk, told) => {
      next = told.do === "delete" ? neighbour(talk) : talk.dataset.talk;
      trigger("submit", { id: talk.dataset.talk, ...told });
    };
    const steps = {
      open: (talk) => {
        next = talk.dataset.talk;
        trigger("select", { id: talk.dataset.talk });
      },
      rename,
      ask: (talk) => {
        showOnly(talk, ".talk-sure");
        part(talk, "[data-do='cancel']").focus();
      },
      cancel: (talk) => backToRow(talk, "[data-do='ask']"),
      delete: (talk) => act(talk, { do: "delete" }),
      more: () => trigger("submit", { do: "more" }),
    };
    element.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button) steps[button.dataset.do](button.closest(".talk"));
    });
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      const box = event.target.querySelector("input");
      const talk = box.closest(".talk");
      const title = box.value.trim();
      if (title && title !== box.defaultValue) act(talk, { do: "rename", title });
      backToRow(talk, ".talk-open");
    });
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      const talk = event.target.closest(".talk");
      if (!talk || !part(talk, ".talk-row").hidden) return;
      event.stopPropagation();
      backToRow(talk, part(talk, ".talk-sure").hidden ? "[data-do='rename']" : "[data-do='ask']");
    });
    element.addEventListener("focusout", (event) => {
      const form = event.target.closest(".talk-name");
      if (form && !form.hidden && !form.contains(event.relatedTarget)) showOnly(form.closest(".talk"), ".talk-row");
    });
    watch("value", () => {
      const talk = next && element.querySelector(`[data-talk="${CSS.escape(next)}"]`);
      next = "";
      if (talk) part(talk, ".talk-open").focus({ preventScroll: true });
    });
    trigger("submit", { do: "list" });
  }
  window.clauseHistory = { listen };

  // On a phone the list is folded.
  document.addEventListener("click", (event) => {
    const fold = event.target instanceof Element && event.target.closest(".history-fold");
    const opened = event.target instanceof Element && event.target.closest("[data-do='open']");
    const history = document.getElementById("history");
    if (!fold && !(opened && history)) return;
    const isOpen = fold ? history.classList.toggle("is-open") : history.classList.remove("is-open");
    document.querySelector(".history-fold")?.setAttribute("aria-expanded", String(Boolean(isOpen)));
  });
})();
