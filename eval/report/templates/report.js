// Filters of the question list, the choice of one set, and links that work inside a frame too.
(() => {
  const all = (css) => [...document.querySelectorAll(css)];
  const pick = document.getElementById("pick-set");
  const fields = all("[data-filter]");
  const questions = all(".question");
  const found = document.querySelector(".found");
  const passed = document.getElementById("passed");
  document.body.classList.add("has-script");

  function chosen() {
    return Object.fromEntries(fields.map((field) => [field.dataset.filter, field.value.trim()]));
  }

  function fits(question, want) {
    return ["set", "stage", "kind", "cell"].every((name) => !want[name] || question.dataset[name] === want[name])
      && (!want.text || question.textContent.includes(want.text));
  }

  function filter() {
    if (!found) return;
    const want = chosen();
    questions.forEach((question) => { question.hidden = !fits(question, want); });
    const shown = questions.filter((question) => !question.hidden);
    const failed = shown.filter((question) => question.dataset.stage);
    found.textContent = `失败 ${failed.length} 问, 全部正确 ${shown.length - failed.length} 问`;
  }

  function pickSet() {
    all(".panel").forEach((panel) => { panel.hidden = Boolean(pick.value) && panel.dataset.set !== pick.value; });
    const field = fields.find((each) => each.dataset.filter === "set");
    if (!field) return;
    field.value = [...field.options].some((option) => option.value === pick.value) ? pick.value : "";
    filter();
  }

  function goTo(link) {
    fields.forEach((field) => { field.value = link.dataset[{ set: "goSet", cell: "goCell" }[field.dataset.filter]] || ""; });
    filter();
    if (passed) passed.open = !questions.some((question) => !question.hidden && question.dataset.stage);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link) return;
    // In a frame filled by srcdoc a plain #place would load the page around it.
    event.preventDefault();
    if (link.dataset.goCell) goTo(link);
    const place = document.getElementById(link.getAttribute("href").slice(1));
    const target = link.dataset.goCell ? document.querySelector(".filters") || place : place;
    target.scrollIntoView();
    target.querySelector("select, input, a")?.focus({ preventScroll: true });
  });
  for (const happening of ["input", "change"]) {
    fields.forEach((field) => field.addEventListener(happening, filter));
    pick?.addEventListener(happening, pickSet);
  }
  filter();
})();
