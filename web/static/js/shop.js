// What a script adds to the configurator: undo and redo by the browser's history, the link to the clipboard,
// the mark of the step that is looked at. Every page works without it.
"use strict";
(() => {
  document.documentElement.classList.add("has-js");

  document.addEventListener("click", (event) => {
    const control = event.target.closest("[data-act]");
    if (!control) return;
    const act = control.dataset.act;
    if (act === "back") history.back();
    if (act === "forward") history.forward();
    if (act === "share" && navigator.clipboard) {
      event.preventDefault();
      navigator.clipboard.writeText(new URL(control.getAttribute("href"), location.href).href).then(() => {
        control.querySelector(".hidden").textContent = control.dataset.done;
        control.classList.add("done");
      });
    }
  });

  const mark = () => {
    const links = [...document.querySelectorAll(".steps a[href^='#']")];
    const tops = links.map((link) => {
      const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      return section ? section.getBoundingClientRect().top : Infinity;
    });
    const line = Math.min(innerHeight * 0.45, 320);
    let present = 0;
    tops.forEach((top, place) => { if (top <= line) present = place; });
    links.forEach((link, place) => {
      if (place === present) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
    });
  };
  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; mark(); });
  };
  addEventListener("scroll", later, { passive: true });

  // What had the focus may be gone after a step, such as the button of a repair: the focus then goes to what stands
  // where it stood, never to the top of the page.
  let places = [];
  document.addEventListener("htmx:before:swap", () => {
    places = [];
    for (let at = document.activeElement; at && at !== document.body; at = at.parentElement) {
      if (at.id) places.push(at.id);
    }
  });
  document.addEventListener("htmx:after:swap", () => {
    if (document.activeElement && document.activeElement !== document.body) return;
    const place = places.map((id) => document.getElementById(id)).find(Boolean);
    if (!place) return;
    const inner = place.querySelector("input:not([disabled]), a[href], button:not([disabled]), summary");
    if (!inner) place.tabIndex = -1;
    (inner || place).focus({ preventScroll: true });
  });
  document.addEventListener("htmx:after:swap", later);
  mark();
})();
