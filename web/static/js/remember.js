// What a script adds to keeping: where somebody is with a product is remembered without a click, at most once in ten
// seconds and when the page is left, and only after a change; a link goes to the clipboard.
"use strict";
(() => {
  document.addEventListener("click", (event) => {
    const control = event.target.closest("[data-copy]");
    if (!control || !navigator.clipboard) return;
    navigator.clipboard.writeText(control.dataset.copy).then(() => {
      control.querySelector("span").textContent = control.dataset.done;
      control.setAttribute("aria-live", "polite");
    });
  });

  const form = document.getElementById("remember");
  document.documentElement.classList.add("has-js");
  if (!form) return;
  const pause = 10_000;
  let known = location.search;
  let waiting = 0;
  let sentAt = 0;

  const send = () => {
    clearTimeout(waiting);
    waiting = 0;
    if (location.search === known) return;
    known = location.search;
    sentAt = Date.now();
    const body = new FormData(form);
    body.set("choices", known.slice(1));
    fetch(`${form.action}?quiet=1`, { method: "POST", body: new URLSearchParams(body), keepalive: true }).catch(() => {});
  };
  const later = () => {
    if (waiting || location.search === known) return;
    waiting = setTimeout(send, Math.max(1000, sentAt + pause - Date.now()));
  };
  document.addEventListener("htmx:after:swap", () => setTimeout(later, 0));
  addEventListener("popstate", () => setTimeout(later, 0));
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") send(); });
  addEventListener("pagehide", send);
})();
