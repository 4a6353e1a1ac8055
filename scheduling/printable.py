"""Text from outside made fit to be shown: in one line of a terminal, in a file of UTF-8, in XML. Imports nothing."""

from __future__ import annotations

import re

_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufffe\uffff]")
"""Control characters, halves of characters such as bytes of a name that are no text, line ends, no characters."""


def printable(text: str) -> str:
    """Put U+FFFD in place of what cannot be shown.

    Parameters
    ----------
    text
        Any, such as a file name or a name in a file.

    Returns
    -------
    str
        One line of the same length that can be written as UTF-8 and as XML.
    """
    return _UNFIT.sub("\ufffd", text)
