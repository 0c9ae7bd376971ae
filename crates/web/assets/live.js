// Live pages: one stream of version numbers; what changed is fetched as the page without a script would show it.
"use strict";
(() => {
  const root = document.documentElement;
  if (!root.dataset.live || !window.EventSource) return;
  const replay = root.dataset.live === "replay";
  const renew = async (ids) => {
    const answer = await fetch(location.href, { headers: { "x-renew": "1" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ids) {
      const now = document.getElementById(id), next = page.getElementById(id);
      if (!now || !next || now.innerHTML === next.innerHTML) continue;
      const at = now.querySelector(".posts"), kept = at ? at.scrollTop : 0;
      // What the reader unfolded stays unfolded.
      for (const one of now.querySelectorAll("[id] details[open]")) {
        const twin = page.getElementById(one.closest("[id]").id);
        const fold = twin && twin.querySelector("details");
        if (fold) fold.open = true;
      }
      now.replaceChildren(...next.childNodes);
      if (at) now.querySelector(".posts").scrollTop = kept;
    }
  };
  let first = null;
  const stream = new EventSource("/live");
  stream.addEventListener("version", (event) => {
    if (first === null) { first = event.data; return; }
    if (event.data === first) return;
    first = event.data;
    // A reader's page stays as it is and only says that there is more; a replay is there to be watched.
    renew(replay ? ["clock", "bar", "list", "channel"] : ["bar"]);
  });
})();
