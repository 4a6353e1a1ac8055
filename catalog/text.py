"""A phrase in several languages. Imports nothing of this project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """A phrase for people: pairs of language tag (``en``, ``zh``) and wording."""

    entries: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, wording: str | Mapping[str, str] | None) -> Text:
        """Make a text from one English wording or a mapping of language to wording.

        Parameters
        ----------
        wording
            A plain string counts as English; None gives the empty text.

        Returns
        -------
        Text
            The text with its languages in sorted order.
        """
        if wording is None:
            return cls()
        if isinstance(wording, str):
            return cls(((DEFAULT_LANGUAGE, wording),))
        return cls(tuple(sorted((language, words) for language, words in wording.items())))

    def in_language(self, language: str) -> str:
        """Give the wording for a language tag such as ``zh`` or ``zh_Hans_CN``.

        Parameters
        ----------
        language
            A language tag; only the part before ``-`` or ``_`` counts.

        Returns
        -------
        str
            The wording, else the English one, else any, else the empty string.
        """
        wordings = dict(self.entries)
        primary = language.replace("_", "-").split("-", 1)[0]
        if primary in wordings:
            return wordings[primary]
        if DEFAULT_LANGUAGE in wordings:
            return wordings[DEFAULT_LANGUAGE]
        return self.entries[0][1] if self.entries else ""

    def __bool__(self) -> bool:
        return any(words for _, words in self.entries)
