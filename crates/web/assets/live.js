// Live pages and keys; every page is complete without. One stream of version numbers says that something changed, and what
// changed is fetched as the page without a script would show it.
"use strict";
(() => {
  const root = document.documentElement;
  const renew = async (ids) => {
    const answer = await fetch(location.href, { headers: { "x-renew": "1" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ids) {
      const now = document.getElementById(id), next = page.getElementById(id);
      if (!now || !next || now.innerHTML === next.innerHTML) continue;
      // Where a person just is, nothing is taken from under the hand.
      if (now.contains(document.activeElement)) continue;
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
  const kind = root.dataset.live;
  if (kind && window.EventSource) {
    // A reader's page stays as it is and only says that there is more; a replay is there to be watched, an operator's page to be true.
    const ids = { replay: ["clock", "bar", "list", "channel"], operator: ["clock", "list"] }[kind] || ["bar"];
    let first = null;
    const stream = new EventSource(kind === "operator" ? "/live?what=rows" : "/live");
    stream.addEventListener("version", (event) => {
      if (first !== null && event.data !== first) renew(ids);
      first = event.data;
    });
  }

  // A slider shows at once; without a script its button does.
  for (const form of document.querySelectorAll("form[data-self]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }

  // Keys, as Miniflux has them. What can be walked through: stories, lines, results.
  const help = document.getElementById("keys");
  const rows = () => [...document.querySelectorAll(".rank > li, .ledger > li, .hits > li, main tbody > tr")].filter((r) => r.checkVisibility ? r.checkVisibility() : true);
  let at = -1;
  const walk = (step) => {
    const all = rows();
    if (!all.length) return;
    at = Math.min(Math.max(at + step, 0), all.length - 1);
    const row = all[at];
    const link = row.querySelector("h2 a, h3 a, a[href]");
    for (const one of all) one.classList.toggle("at", one === row);
    if (link) link.focus({ preventScroll: true });
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    row.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  };
  const link = () => { const row = rows()[at]; return row && row.querySelector("h2 a, h3 a, a[href]"); };
  const go = (path) => { location.href = path; };
  // The story that is meant: the one of this page, else the one that was walked to.
  const mend = (part) => {
    const to = link(), from = (/^\/s\/\w+/.exec(location.pathname) || (to && /^\/s\/\w+/.exec(to.pathname)) || [])[0];
    if (from) go(from + "/edit#" + part);
  };
  const keys = {
    j: () => walk(1), n: () => walk(1), k: () => walk(-1), p: () => walk(-1),
    o: () => { const to = link(); if (to) go(to.href); },
    u: () => { const to = document.getElementById("new"); if (to) { to.tabIndex = -1; to.focus(); } else { const more = document.querySelector(".bar .more"); if (more) go(more.href); } },
    f: () => go("/follow"), m: () => mend("mu"), "[": () => mend("me"), "]": () => mend("sp"),
    "/": () => { const q = document.querySelector("input[name=q]"); if (q) q.focus(); else go("/search"); },
    "?": () => help && (help.open ? help.close() : help.showModal()),
    "g n": () => go("/"), "g d": () => go("/day"), "g m": () => go("/map"), "g s": () => go("/search"), "g o": () => go("/deliveries"), "g u": () => go("/sources"),
  };
  let before = "";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const field = event.target;
    if (field.closest && field.closest("input, select, textarea, [contenteditable]")) {
      if (event.key === "Escape") field.blur();
      return;
    }
    const two = before + " " + event.key;
    before = event.key === "g" && before !== "g" ? "g" : "";
    const act = keys[two] || (before ? null : keys[event.key]);
    if (!act || (help && help.open && event.key !== "?")) return;
    event.preventDefault();
    act();
  });
})();
