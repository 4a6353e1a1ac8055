"""Bad inputs as people, broken programs and attackers send them, by a short name each."""

from __future__ import annotations

import re
from fractions import Fraction
from urllib.parse import quote

from werkzeug.routing import Rule

from catalog.product import Attribute

NUMBERS = {
    "zero": "0",
    "minus-one": "-1",
    "minus-zero": "-0",
    "tiny": "0.0000001",
    "power": "1e3",
    "huge-power": "1e999",
    "tiny-power": "1e-999",
    "nan": "NaN",
    "signaling-nan": "sNaN",
    "infinity": "Infinity",
    "minus-infinity": "-inf",
    "underscore": "1_000",
    "full-width": "１０００",
    "arabic": "٣٠٠",
    "superscript": "²",
    "roman": "Ⅷ",
    "comma": "1,5",
    "both-separators": "1.500,00",
    "hard-space": "1\u00a0000",
    "hexadecimal": "0x10",
    "leading-zero": "010",
    "plus": "+5",
    "open-end": "5.",
    "open-start": ".5",
    "31-decimals": "1." + "3" * 31,
    "5000-digits": "9" * 5000,
    "2-to-31": str(2**31),
    "2-to-63": str(2**63),
    "2-to-64": str(2**64),
    "word": "true",
    "list": "[1]",
    "object": '{"a": 1}',
    "with-unit": "1,2 m",
    "off-step": "1230.05",
}
"""None of them is a number that a field of the demo takes, except where a test says so."""

TEXTS = {
    "empty": "",
    "space": " ",
    "direction": "abc\u202edcba",
    "zero-width": "\u200b\u200b",
    "zalgo": "z" + "\u0301" * 1000,
    "joined-emoji": "👩‍👩‍👧‍👦",
    "rare-han": "𠀀𪚥",
    "script": "<script>alert(1)</script>",
    "handler": '"><img src=x onerror=alert(1)>',
    "braces": "{{7*7}}",
    "dollar": "${7*7}",
    "format": "%s%n",
    "sql": "' OR 1=1--",
    "path": "../../etc/passwd",
    "line-break": "a\r\nSet-Cookie: a=b",
    "spreadsheet": '=HYPERLINK("http://127.0.0.1/","x")',
    "attachment": '<link rel=attachment href="file:///etc/passwd">',
    "inner-address": '<img src="http://127.0.0.1:9/">',
    "svg-use": '<svg><g id="a"><use href="#a"/></g></svg>',
    "flex": '<div style="display:flex">' * 20,
    "colspan": '<td colspan="1000000">',
    "import": "<style>@import url(http://127.0.0.1:9/)</style>",
    "script-address": "javascript:alert(1)",
    "punycode": "a@xn--80ak6aa92e.com",
    "long-address": "a" * 300 + "@example.org",
    "two-ats": "a@b@example.org",
    "first-day": "0001-01-01",
    "last-day": "9999-12-31",
    "no-day": "2027-02-29",
    "no-hour": "2027-03-28T02:30",
    "no-zone": "Foo/Bar",
    "other-id": "1' UNION SELECT 1--",
    "big-id": "00000000-0000-4000-8000-000000000000",
}
NO_TEXTS = {
    "nul": b"%00",
    "half-character": b"%ed%a0%80",
    "no-utf-8": b"%ff%fe",
    "cut": b"%e4%b8",
    "overlong": b"%c0%af",
}
"""Percent-encoded bytes that are no text at all."""

EVERYTHING = NUMBERS | TEXTS
INERT = {name: raw for name, raw in TEXTS.items() if set(raw) & set("<{$%'=") and len(raw) <= 120 and raw.isprintable()}
"""Texts that somebody would like a page, a template or a document to carry out."""


def just_outside(attribute: Attribute) -> dict[str, str]:
    """Give the numbers that miss an attribute's range or grid by the least."""
    found = {
        "below": attribute.minimum - attribute.step,
        "above": attribute.maximum + attribute.step,
        "between": attribute.minimum + attribute.step / 2,
    }
    return {name: _decimal(value) for name, value in found.items()}


def _decimal(value: Fraction) -> str:
    places = next(count for count in range(10) if (value * 10**count).denominator == 1)
    return f"{value.numerator * 10**places // value.denominator / 10**places:.{places}f}"


def fill(rule: Rule, raw: str) -> str:
    """Give the address of a route with a raw text in every place that takes one."""
    return re.sub(r"<[^>]+>", lambda _part: quote(raw, safe="") or "%20", str(rule))
