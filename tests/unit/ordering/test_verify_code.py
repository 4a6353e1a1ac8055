"""Codes of papers: made by the secret alone, bound to one paper and what it says, forgiving to who types them."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.link import make_seed, make_token
from ordering.verify_code import LONGEST_CODE, PaperKind, make_code, read_code, seal_facts

SECRET = "a secret of the tests, long enough to be one"
numbers = st.builds(lambda letter, year, sequence: f"{letter}-{year:04d}-{sequence:04d}",
                    st.sampled_from("QOW"), st.integers(2020, 2099), st.integers(1, 10**9 - 1))
facts = st.lists(st.one_of(st.text(), st.integers(), st.lists(st.text())), max_size=6)


@given(number=numbers, revision=st.integers(1, 999_999), said=facts)
def test_a_code_names_its_paper_and_seals_its_facts(number: str, revision: int, said: list[object]) -> None:
    code = make_code(number, revision=revision, facts=said, secret=SECRET)
    assert len(code) <= LONGEST_CODE
    found = read_code(code, secret=SECRET)
    assert found is not None
    assert (found.kind, found.number, found.revision) == (PaperKind(number[0]), number, revision)
    assert found.facts_seal == seal_facts(said, secret=SECRET)
    assert read_code(code, secret=SECRET + "x") is None
    assert read_code(f"\n{code[:9].lower()} {code[9:]} ", secret=SECRET) == found


@given(place=st.integers(0, 40), letter=st.sampled_from(string.ascii_uppercase + "234567.-"))
def test_a_code_with_one_other_letter_names_nothing_or_says_other_facts(place: int, letter: str) -> None:
    code = make_code("Q-2026-0001", revision=1, facts=["a", 1], secret=SECRET)
    place %= len(code)
    changed = code[:place] + letter + code[place + 1:]
    found = read_code(changed, secret=SECRET)
    if changed == code:
        assert found is not None
    elif found is not None:
        assert place >= len(code) - 8
        assert found.facts_seal != seal_facts(["a", 1], secret=SECRET)


def test_the_customers_link_is_no_code_and_leads_to_none() -> None:
    seed = make_seed()
    token = make_token(seed, secret=SECRET)
    code = make_code("Q-2026-0001", revision=1, facts=[], secret=SECRET)
    assert read_code(token, secret=SECRET) is None
    assert token not in code
    assert make_token("Q-2026-0001.1", secret=SECRET) not in code


@pytest.mark.parametrize("text", ["", "Q-2026-0001", "Q-2026-0001.0." + "A" * 28, "X-2026-0001.1." + "A" * 28,
                                  "Q-2026-0001.1." + "A" * 27, "Q-2026-0001.1." + "1" * 28, "\N{KELVIN SIGN}" * 50])
def test_what_is_no_code_names_nothing(text: str) -> None:
    assert read_code(text, secret=SECRET) is None
