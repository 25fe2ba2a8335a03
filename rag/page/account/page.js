// The session ended while the page was open: say so and keep what has been typed, instead of failing without a word.
(() => {
  const WORDS = navigator.language.startsWith("en")
    ? ["Your log-in has ended", "Log in again in a new tab, then go on here. What you typed is still there.", "Log in", "Close"]
    : ["登录已结束", "请在新标签页中重新登录,然后回到这里继续。已输入的内容还在。", "重新登录", "关闭"];

  function make() {
    const [title, said, again, close] = WORDS;
    const dialog = Object.assign(document.createElement("dialog"), { id: "log-in-again" });
    dialog.setAttribute("aria-labelledby", "log-in-again-title");
    const part = (tag, given) => Object.assign(document.createElement(tag), given);
    const buttons = part("div", {});
    buttons.append(
      part("button", { type: "button", textContent: close, onclick: () => dialog.close() }),
      part("a", { href: "/login", target: "_blank", rel: "noopener", textContent: again, autofocus: true, onclick: () => dialog.close() }),
    );
    dialog.append(part("h2", { id: "log-in-again-title", textContent: title }), part("p", { textContent: said }), buttons);
    document.body.append(dialog);
    return dialog;
  }

  function ask() {
    const dialog = document.getElementById("log-in-again") || make();
    if (!dialog.open) dialog.showModal();
  }

  const plain = window.fetch;
  window.fetch = async (...asked) => {
    const answer = await plain(...asked);
    if (answer.status === 401) ask();
    return answer;
  };
})();
