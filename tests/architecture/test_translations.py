"""Every sentence of the pages has its Chinese, with the same places to fill, and the compiled file is up to date."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "web" / "translations" / "zh" / "LC_MESSAGES"
PLACE = re.compile(r"%\(\w+\)s|%%|%")
HALF_WIDTH_AFTER_CHINESE = re.compile(r"[\u4e00-\u9fff][,.;:!?()]")


def _words(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _translations(message: Message) -> tuple[str, ...]:
    texts = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    return tuple(text or "" for text in texts)


@pytest.fixture(scope="module")
def extracted() -> set[tuple[str, ...]]:
    """Every message that the pages may show."""
    with (ROOT / "web" / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]  # Babel leaves it untyped
    found: set[tuple[str, ...]] = set()
    for folder in ("web", "templates"):
        for _, _, words, _, _ in extract_from_dir(
                ROOT / folder, [(pattern.removeprefix(f"{folder}/"), method) for pattern, method in methods
                                if pattern.startswith(f"{folder}/")],
                {pattern.removeprefix(f"{folder}/"): value for pattern, value in options.items()},
                keywords={**DEFAULT_KEYWORDS, "lazy_gettext": None}):
            found.add(tuple(words) if isinstance(words, tuple) else (words,))
    return found


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    """The translations as people edit them."""
    with (FOLDER / "messages.po").open("rb") as file:
        return read_po(file, locale="zh")


def _messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def test_every_sentence_is_translated(extracted: set[tuple[str, ...]], chinese: Catalog) -> None:
    translated = {_words(message) for message in _messages(chinese) if all(_translations(message))}
    assert len(extracted) > 300
    assert sorted(extracted - translated) == []


def test_no_translation_is_left_over(extracted: set[tuple[str, ...]], chinese: Catalog) -> None:
    assert sorted({_words(message) for message in _messages(chinese)} - extracted) == []
    assert dict(chinese.obsolete) == {}


def test_no_translation_is_a_guess(chinese: Catalog) -> None:
    assert [message.id for message in _messages(chinese) if message.fuzzy] == []


def test_places_to_fill_are_the_same(chinese: Catalog) -> None:
    different = []
    for message in _messages(chinese):
        wanted = sorted(PLACE.findall(_words(message)[-1]))
        different += [message.id for text in _translations(message) if sorted(PLACE.findall(text)) != wanted]
    assert different == []


def test_chinese_has_full_width_punctuation_and_no_exclamation(chinese: Catalog) -> None:
    texts = [text for message in _messages(chinese) for text in _translations(message)]
    assert [text for text in texts if HALF_WIDTH_AFTER_CHINESE.search(text)] == []
    assert [text for text in texts if "!" in text or "\N{FULLWIDTH EXCLAMATION MARK}" in text] == []


def test_compiled_file_is_the_present_one(chinese: Catalog) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, chinese)
    with (FOLDER / "messages.mo").open("rb") as file:
        kept = read_mo(file)
    compiled.seek(0)
    wanted = read_mo(compiled)
    assert {_words(message): _translations(message) for message in _messages(kept)} == {
        _words(message): _translations(message) for message in _messages(wanted)}
