"""Text from outside is made fit for a line, for UTF-8 and for XML; what people read stays."""

from __future__ import annotations

import sys

from defusedxml import ElementTree

from scheduling.printable import printable


def test_every_character_can_be_written_in_one_line_of_utf8_and_xml() -> None:
    for first in range(0, sys.maxunicode + 1, 4096):
        shown = printable("".join(map(chr, range(first, first + 4096))))
        assert len(shown) == 4096
        assert len(shown.splitlines()) == 1
        escaped = shown.replace("&", "&amp;").replace("<", "&lt;")
        assert ElementTree.fromstring(f"<a>{escaped}</a>".encode()).text == shown


def test_words_of_any_language_stay() -> None:
    assert printable("锯床\u3000一 ÄÖ \u200d saw") == "锯床\u3000一 ÄÖ \u200d saw"
    assert printable("saw\x00\n\ud800") == "saw\ufffd\ufffd\ufffd"
