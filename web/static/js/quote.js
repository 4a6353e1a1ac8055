// Keeps the remaining time of a hold right while its page stays open, and says at once why an offer with something
// ticked beside it cannot be accepted yet. Without it the words of the load stand, and the server says so.
"use strict";
(() => {
  const words = document.querySelector("[data-left]");
  if (!words) return;
  const end = Date.now() + Number(words.dataset.left) * 1000;
  const show = () => {
    const left = Math.floor((end - Date.now()) / 60000);
    if (end <= Date.now()) {
      words.textContent = words.dataset.over;
      clearInterval(timer);
      return;
    }
    const form = left >= 72 * 60 ? words.dataset.days : left >= 60 ? words.dataset.hours : words.dataset.minutes;
    words.textContent = form
      .replace("{d}", Math.floor(left / 1440))
      .replace("{h}", left >= 72 * 60 ? Math.floor((left % 1440) / 60) : Math.floor(left / 60))
      .replace("{m}", left % 60);
  };
  const timer = setInterval(show, 20000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) show(); });
})();
(() => {
  const why = document.getElementById("accept-not-yet");
  const button = document.getElementById("accept-it");
  if (!why || !button) return;
  const show = () => {
    const chosen = [...document.querySelectorAll('[form="accept"]:checked')].some((input) => input.value !== "");
    button.disabled = chosen;
    why.textContent = chosen ? why.dataset.words : "";
  };
  document.addEventListener("change", show);
  window.addEventListener("pageshow", show);
  show();
})();
