"""The secret link of a quote."""

from __future__ import annotations

from ordering.link import make_seed, make_token, token_hash

SECRET = "a secret of the tests"


def test_a_token_is_made_again_from_its_seed_and_differs_by_seed_and_secret() -> None:
    seed, other = make_seed(), make_seed()
    token = make_token(seed, secret=SECRET)
    assert token == make_token(seed, secret=SECRET)
    assert len({token, make_token(other, secret=SECRET), make_token(seed, secret="another")}) == 3


def test_a_token_has_256_bits_and_fits_an_address() -> None:
    token = make_token(make_seed(), secret=SECRET)
    assert len(token) == 43
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_the_hash_tells_tokens_apart_that_differ_by_case_or_one_character() -> None:
    token = make_token(make_seed(), secret=SECRET)
    changed = ("A" if token[0] != "A" else "B") + token[1:]
    assert len({token_hash(token), token_hash(changed), token_hash(token.swapcase())}) == 3
    assert token_hash("\ud800")  # a lone surrogate is a wrong token, not an error
