"""The secret link of a quote: made from a random seed and the site's secret, known to the database by its hash only.

The customer's page and the printed QR code can be made again at any time without the token being stored.
Imports no database.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

SEED_BYTES = 24
PURPOSE = b"onelot quote link 1:"


def make_seed() -> str:
    """Draw a new random seed of 192 bits."""
    return secrets.token_urlsafe(SEED_BYTES)


def make_token(seed: str, *, secret: str, purpose: bytes = PURPOSE) -> str:
    """Make the token of a seed: 256 bits, safe in an address.

    Parameters
    ----------
    seed
        From :func:`make_seed`.
    secret
        The site's secret key.
    purpose
        What the link is for; a token of one purpose is none of another.

    Returns
    -------
    str
        43 characters of ``A-Z a-z 0-9 - _``.
    """
    digest = hmac.new(secret.encode(), purpose + seed.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def token_hash(token: str) -> str:
    """Give the hash by which the database knows a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
