// An answer or the conversation as a file, or as text in the clipboard; what the server says if it cannot be had is shown.
(() => {
  const NAME = /^take\.(docx|md|txt)\.(all|\d+)$/;
  const SHOWN = 1600; // milliseconds that a button says what came of it

  function tell(bar, text) {
    const said = bar.querySelector(".take-said");
    said.textContent = text;
    said.classList.toggle("is-bad", Boolean(text));
  }

  function flash(button, text) {
    const label = button.dataset.label || button.textContent;
    button.dataset.label = label;
    button.textContent = text;
    setTimeout(() => { button.textContent = label; }, SHOWN);
  }

  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  function nameOf(response) {
    const found = /filename\*=UTF-8''(\S+)$/.exec(response.headers.get("content-disposition") || "");
    return found ? decodeURIComponent(found[1]) : "";
  }

  async function get(words, form, turn) {
    if (!words.id) throw new Error(words.unkept);
    const query = turn === "all" ? "" : `?turn=${turn}`;
    const response = await fetch(`/export/conversation/${encodeURIComponent(words.id)}.${form}${query}`)
      .catch(() => { throw new Error(words.unreached); });
    if (response.status === 401) throw new Error(words.expired);
    if (!response.ok) throw new Error(await response.text());
    return response;
  }

  async function take(button, bar) {
    const [, form, turn] = NAME.exec(button.name);
    const words = bar.dataset;
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      const response = await get(words, form, turn);
      tell(bar, "");
      if (form === "txt") {
        flash(button, (await window.clausePage.write(await response.text())) ? words.copied : words.uncopied);
      } else {
        save(await response.blob(), nameOf(response));
        flash(button, words.saved);
      }
    } catch (error) {
      tell(bar, error.message);
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("button.take");
    const bar = document.querySelector("#takeaway .takebar");
    if (button && bar && NAME.test(button.name)) take(button, bar);
  });
})();
