// The audit: the form asks for entries, a question opens its entry below its row, feedback is deleted at the second click.
(() => {
  let toTitle = false;

  const filters = (element) => Object.fromEntries(new FormData(element.querySelector(".audit-form")));

  async function open(button, server) {
    const row = button.closest("tr");
    const isOpen = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!isOpen));
    if (isOpen) return row.nextElementSibling.remove();
    const cell = row.parentElement.insertRow(row.sectionRowIndex + 1).insertCell();
    cell.colSpan = row.cells.length;
    cell.className = "audit-detail";
    cell.setAttribute("aria-live", "polite");
    // Rendered on the server, where all of it is escaped.
    cell.innerHTML = await server.entry(Number(button.dataset.entry));
  }

  async function replay(button, server) {
    const told = button.closest(".audit-entry").querySelector(".audit-replay");
    button.disabled = true;
    told.innerHTML = await server.replay(Number(button.dataset.replay));  // escaped on the server, too
    button.disabled = false;
  }

  function remove(button, trigger) {
    if (button.classList.contains("is-sure")) {
      toTitle = true;
      return trigger("submit", { view: "feedback", delete: button.dataset.delete });
    }
    const words = button.textContent;
    button.classList.add("is-sure");
    button.textContent = button.dataset.sure;
    button.addEventListener("blur", () => {
      button.classList.remove("is-sure");
      button.textContent = words;
    }, { once: true });
  }

  function listen(element, trigger, watch, server) {
    const ask = (told) => {
      toTitle = true;
      trigger("submit", told);
    };
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      ask({ view: "audit", ...filters(element) });
    });
    element.addEventListener("click", (event) => {
      const button = event.target.closest("[data-entry], [data-view], [data-page], [data-delete], [data-replay]");
      if (!button) return;
      const { entry, view, page } = button.dataset;
      if (entry) open(button, server);
      else if (button.dataset.replay) replay(button, server);
      else if (view) ask({ view });
      else if (page) ask({ view: "audit", ...filters(element), page });
      else remove(button, trigger);
    });
    watch("value", () => {
      if (!toTitle) return;
      toTitle = false;
      element.querySelector("#audit-title")?.focus();
    });
  }
  window.clauseAudit = { listen };
})();
