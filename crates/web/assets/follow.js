// The preview follows the sentence while it is written; without a script the button does it.
"use strict";
(() => {
  const form = document.getElementById("ask");
  const field = form && form.querySelector("input[name=sentence]");
  if (!field) return;
  let waiting = 0, asked = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const turn = ++asked;
      const answer = await fetch("/follow?sentence=" + encodeURIComponent(field.value));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = document.getElementById("preview"), next = page.getElementById("preview");
      if (turn === asked && now && next) now.replaceChildren(...next.childNodes);
    }, 300);
  });
})();
