"""The address of a configuration: choices and view options read from a query string and written back.

Choices stand under their attribute's code. What only concerns the view starts with a dot (``.why``), which no
attribute code does, so that an imported product may call its features whatever it likes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from configurator.input import REPEATED

MAX_CHOICES = 20_000
MAX_RAW_LENGTH = 400
ALTERNATIVES = ("cheapest", "fastest", "greenest")


@dataclass(frozen=True, slots=True)
class View:
    """How a configuration is looked at: all that stands in the address besides the choices."""

    destination: str = ""
    alternative: str = ""
    """One of :data:`ALTERNATIVES`, or empty for the plan offered first."""
    why: str = ""
    """``attribute:option`` whose exclusion is explained, or empty."""
    find: str = ""
    page: int = 1
    show: str = ""
    """``chosen``, ``open`` or ``set`` in a long list, or empty for all."""
    pieces: str = ""
    """As typed where an order is changed; empty keeps what is ordered."""
    draft: str = ""
    """The line of a seller's draft that is configured, as :mod:`web.shop.taking` writes it, or empty."""


@dataclass(frozen=True, slots=True)
class Query:
    """A configuration as its address says it: raw texts by attribute code, and the view.

    Several texts for one attribute stand in one, with ``configurator.input.REPEATED`` between them.
    """

    choices: Mapping[str, str]
    view: View = View()

    def choosing(self, changes: Mapping[str, str]) -> Query:
        """Give the query with some attributes chosen otherwise; an open panel closes."""
        return Query({**self.choices, **changes}, replace(self.view, why=""))

    def opening(self, *attributes: str) -> Query:
        """Give the query with some attributes left open again."""
        kept = {name: raw for name, raw in self.choices.items() if name not in attributes}
        return Query(kept, replace(self.view, why=""))

    def asking(self, why: str) -> Query:
        """Give the query with the panel of one option open; empty closes it."""
        return Query(self.choices, replace(self.view, why=why))

    def looking(self, **changes: str | int) -> Query:
        """Give the query with the view changed."""
        return Query(self.choices, replace(self.view, **changes))  # type: ignore[arg-type]

    def encode(self) -> str:
        """Write the query string in its one canonical order; empty when nothing is said."""
        view = [(f".{name}", str(value)) for name, value in self._said()]
        choices = [(name, raw) for name, raws in sorted(self.choices.items()) for raw in raws.split(REPEATED)]
        return urlencode(choices + view, quote_via=quote, safe=":/.,")

    def _said(self) -> Iterable[tuple[str, str | int]]:
        view = self.view
        for name, value in (("to", view.destination), ("plan", view.alternative), ("why", view.why),
                            ("find", view.find), ("show", view.show), ("pieces", view.pieces),
                            ("draft", view.draft)):
            if value:
                yield name, value
        if view.page > 1:
            yield "page", view.page


def read_query(pairs: Iterable[tuple[str, str]]) -> Query:
    """Read a query from the pairs of a query string; nothing in it is refused here.

    Parameters
    ----------
    pairs
        Names and raw texts in the order of the address. An empty text leaves its attribute open, whatever stood
        before it; of a yes and a no, as a form sends them together, the last counts; other texts under one name are
        kept together, to be refused beside their field.

    Returns
    -------
    Query
        Choices as raw texts, cut at :data:`MAX_RAW_LENGTH` characters; unknown view options are dropped.
    """
    choices: dict[str, str] = {}
    view: dict[str, str] = {}
    for name, raw in pairs:
        if name.startswith("."):
            view[name[1:]] = raw[:MAX_RAW_LENGTH]
        elif len(choices) < MAX_CHOICES:
            earlier = choices.pop(name, "")
            if raw.strip():
                choices[name] = _joined(earlier, raw[:MAX_RAW_LENGTH])
    return Query(choices, _read_view(view))


def _joined(earlier: str, raw: str) -> str:
    """Keep the texts under one name apart that do not mean the same; a mark between them that was sent is none."""
    raw = raw.replace(REPEATED, "\ufffd")
    if not earlier or {earlier, raw} == {"true", "false"}:
        return raw
    return earlier if raw in earlier.split(REPEATED) else f"{earlier}{REPEATED}{raw}"[:MAX_RAW_LENGTH]


def _read_view(raw: Mapping[str, str]) -> View:
    alternative = raw.get("plan", "")
    show = raw.get("show", "")
    page = raw.get("page", "")
    return View(
        destination=raw.get("to", "")[:40],
        alternative=alternative if alternative in ALTERNATIVES else "",
        why=raw.get("why", "")[:300],
        find=" ".join(raw.get("find", "").split())[:80],
        page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) <= 6 else 1,
        show=show if show in {"chosen", "open", "set"} else "",
        pieces=raw.get("pieces", "")[:40],
        draft=raw.get("draft", "")[:40],
    )
