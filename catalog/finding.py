"""Finding products and their options by the words of a customer. Knows no database and no page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from catalog.product import AttributeKind, ProductDefinition
from catalog.text import Text

MOST_WORDS = 8
_WORD = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_SPELLINGS = {"colour": "color", "colours": "colors", "aluminium": "aluminum", "tyre": "tire", "tyres": "tires",
              "grey": "gray"}
_WHOLE_WORD = 2
"""Up to so many letters a word is meant whole: ``M`` is no beginning of ``Motor``."""
_IN_TITLE, _IN_HELP = 3, 1


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of an entry: those of its title count more than those of its help."""

    title: frozenset[str]
    help: frozenset[str]

    def score(self, word: str) -> int:
        """Say how well a word fits, 0 for not at all."""
        if _fits(word, self.title):
            return _IN_TITLE
        return _IN_HELP if _fits(word, self.help) else 0


@dataclass(frozen=True, slots=True)
class ProductIndex:
    """What can be found of a product: itself, its attributes, and their options."""

    product_code: str
    content_hash: str
    itself: Texts
    attributes: Mapping[str, Texts]
    options: Mapping[tuple[str, str], Texts]
    vocabulary: frozenset[str]


@dataclass(frozen=True, slots=True)
class Hit:
    """Options to choose together, or an attribute to look at when there are none."""

    options: tuple[tuple[str, str], ...]
    score: int
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """What was found of a product: the words it has, and what in it has them, the best first."""

    product_code: str
    content_hash: str
    words: frozenset[str]
    score: int
    hits: tuple[Hit, ...]


def build_index(definition: ProductDefinition, content_hash: str) -> ProductIndex:
    """Take a product apart into the words by which it is found, in all languages."""
    attributes = {item.code: Texts(_words(item.title, item.code), _words(item.help)) for item in definition.attributes}
    options = {(item.code, option.code): Texts(_words(option.title, option.code), _words(option.help))
               for item in definition.attributes if item.kind is AttributeKind.CHOICE for option in item.options
               if option.code not in {"true", "false"} or option.code == "true"}
    options |= {key: Texts(attributes[key[0]].title, attributes[key[0]].help)
                for key in options if key[1] == "true"}
    itself = Texts(_words(definition.title, definition.code, definition.family) | _words(definition.keywords),
                   _words(definition.description))
    every = (itself, *attributes.values(), *options.values())
    return ProductIndex(definition.code, content_hash, itself, attributes, options,
                        frozenset().union(*(texts.title | texts.help for texts in every)))


def search_words(query: str, indexes: Sequence[ProductIndex]) -> tuple[str, ...]:
    """Cut a query into words; Chinese, which has no spaces, into the longest pieces that some product has."""
    found: dict[str, None] = {}
    for word in _plain(query):
        pieces = _pieces(word, indexes) if _CHINESE.match(word) else [word]
        found |= dict.fromkeys(pieces)
    return tuple(found)[:MOST_WORDS]


def find_matches(indexes: Iterable[ProductIndex], words: Sequence[str],
                 orders: Mapping[tuple[str, str, str], int]) -> tuple[Match, ...]:
    """Find the products that have most of some words, and what in them has these.

    Parameters
    ----------
    indexes
        Of all products.
    words
        From :func:`search_words`.
    orders
        How often an option was ordered, by product, attribute and option: of equal fits the most ordered goes first.

    Returns
    -------
    tuple of Match
        Only products that have as many of the words as any other has; the best first.
    """
    matches = [match for index in indexes if (match := _match(index, words, orders)).words]
    most = max((len(match.words) for match in matches), default=0)
    return tuple(sorted((match for match in matches if len(match.words) == most), key=lambda match: -match.score))


def _match(index: ProductIndex, words: Sequence[str], orders: Mapping[tuple[str, str, str], int]) -> Match:
    of_itself = {word: score for word in words if (score := index.itself.score(word))}
    options = {key: fits for key, texts in index.options.items() if (fits := _fits_of(texts, words))}
    attributes = {key: fits for key, texts in index.attributes.items() if (fits := _fits_of(texts, words))}
    had = {*of_itself, *(word for fits in (*options.values(), *attributes.values()) for word in fits)}
    asked = [word for word in words if word in had and word not in of_itself] or [word for word in words if word in had]

    def rank(key: tuple[str, str]) -> tuple[int, int]:
        return (sum(options[key].get(word, 0) for word in asked), orders.get((index.product_code, *key), 0))

    ranked = sorted((key for key in options if rank(key)[0]), key=rank, reverse=True)
    hits = [Hit((key,), rank(key)[0]) for key in ranked]
    together = _together(ranked, options, asked)
    if len(together) > 1:
        hits.insert(0, Hit(together, sum(rank(key)[0] for key in together)))
    hits += [Hit((), sum(fits.get(word, 0) for word in asked), item) for item, fits in attributes.items()
             if (item, "true") not in index.options and any(word in fits for word in asked)]
    hits.sort(key=lambda hit: (-hit.score, bool(hit.options)))  # an attribute before options as good
    score = sum(of_itself.values()) + (hits[0].score if hits else 0)
    return Match(index.product_code, index.content_hash, frozenset(had), score, tuple(hits))


def _together(ranked: Sequence[tuple[str, str]], options: Mapping[tuple[str, str], Mapping[str, int]],
              asked: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Take the best options of different attributes until every word that an option has is had."""
    missing = {word for word in asked if any(word in options[key] for key in ranked)}
    taken: list[tuple[str, str]] = []
    for key in ranked:
        if missing & set(options[key]) and key[0] not in {item for item, _option in taken}:
            taken.append(key)
            missing -= set(options[key])
    return tuple(taken) if not missing else ()


def _fits_of(texts: Texts, words: Sequence[str]) -> dict[str, int]:
    return {word: score for word in words if (score := texts.score(word))}


def _fits(word: str, known: frozenset[str]) -> bool:
    if word in known:
        return True
    if _CHINESE.match(word):
        return any(word in other for other in known)
    return len(word) > _WHOLE_WORD and any(other.startswith(word) for other in known)


def _pieces(word: str, indexes: Sequence[ProductIndex]) -> list[str]:
    known = {other for index in indexes for other in index.vocabulary if _CHINESE.match(other)}
    pieces, start = [], 0
    while start < len(word):
        end = next((end for end in range(len(word), start, -1) if any(word[start:end] in other for other in known)), 0)
        if end:
            pieces.append(word[start:end])
        start = max(end, start + 1)
    return pieces or [word]


def _words(*texts: Text | str) -> frozenset[str]:
    found: set[str] = set()
    for text in texts:
        wordings = [text] if isinstance(text, str) else [words for _language, words in text.entries]
        for wording in wordings:
            found.update(_plain(wording))
    return frozenset(found)


def _plain(text: str) -> list[str]:
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return [_SPELLINGS.get(word, word) for word in words]
