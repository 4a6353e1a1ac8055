"""A person at the keyboard: moves by Tab, sees where the focus is, and never touches the mouse."""

from __future__ import annotations

import re

from playwright.sync_api import Page

PRESSES_AT_MOST = 400
FOCUSED = """() => {
  const found = document.activeElement;
  if (!found || found === document.body) return null;
  const style = getComputedStyle(found), box = found.getBoundingClientRect();
  const label = found.labels && found.labels.length ? found.labels[0].innerText : "";
  const face = found.id ? document.querySelector(`label[for="${CSS.escape(found.id)}"]`) : null;
  const drawn = element => element && (getComputedStyle(element).outlineStyle !== "none" ||
    getComputedStyle(element).boxShadow !== "none");
  return {
    name: (found.getAttribute("aria-label") || label || found.innerText || found.value || "").trim(),
    field: found.getAttribute("name") || "", value: found.value || "", tag: found.tagName,
    isSeen: Boolean(drawn(found) || drawn(face) || drawn(found.parentElement) || drawn(found.closest("li, .in"))),
    hidden: box.width === 0 && box.height === 0 && style.position !== "absolute",
  };
}"""


def tab_to(page: Page, *, name: str = "", field: str = "") -> dict[str, object]:
    """Press Tab until the focus is on what has this name (a pattern) or is this field; it must be seen there.

    Parameters
    ----------
    page
        The page; the search starts where the focus is and goes round once.
    name
        A pattern of the words that a screen reader says.
    field
        The name of a form's field.

    Returns
    -------
    dict
        What has the focus.

    Raises
    ------
    AssertionError
        Nothing of the kind can be reached, or the focus cannot be seen on it.
    """
    for _ in range(PRESSES_AT_MOST):
        page.keyboard.press("Tab")
        found: dict[str, object] | None = page.evaluate(FOCUSED)
        if found is None:
            continue
        if (field and found["field"] == field) or (name and re.search(name, str(found["name"]))):
            assert found["isSeen"], f"the focus cannot be seen on {found['name'] or found['field']}"
            return found
    raise AssertionError(f"{name or field} cannot be reached by keyboard")
