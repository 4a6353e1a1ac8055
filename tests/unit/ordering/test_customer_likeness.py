"""Duplicates in a whole list: found wherever two entries share a key, in time that grows with the list alone."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordering.customer_likeness import (
    CROWD,
    Card,
    Likeness,
    Pair,
    company_card,
    contact_card,
    find_pairs,
    telephone_key,
)


def person(row_id: int, name: str, email: str = "", telephone: str = "") -> Card:
    return contact_card(row_id, name=name, email=email or f"p{row_id}@other{row_id}.example", telephone=telephone)


def firm(row_id: int, name: str, tax_id: str = "") -> Card:
    return company_card(row_id, name=name, tax_id=tax_id)


def reasons(*cards: Card) -> dict[tuple[int, int], tuple[Likeness, ...]]:
    return {(pair.one, pair.other): pair.reasons for pair in find_pairs(cards)}


def test_contacts_are_alike_by_name_within_a_domain_or_by_telephone() -> None:
    assert reasons(
        person(1, "Anna Berg", "anna@werft.example"), person(2, "Berg, Ana", "a.berg@werft.example"),
        person(3, "Anna Berg", "anna@elsewhere.example"), person(4, "Otto Maier", telephone="+86 512 6000 1234"),
        person(5, "Reception", telephone="0512/60001234"), person(6, "江南 王小明", "w@cn.example"),
        person(7, "江南王小明", "x@cn.example"), person(8, "", "e@cn.example"), person(9, "", "f@cn.example"),
        person(10, "Family Gu", "gu@home.example"), person(11, "Family Xu", "xu@home.example"),
        person(12, "Maria Sole", "m@sole.example"), person(13, "M. Sole", "maria@sole.example"),
    ) == {(1, 2): (Likeness.NAME,), (4, 5): (Likeness.TELEPHONE,), (6, 7): (Likeness.NAME,),
          (12, 13): (Likeness.NAME,)}


def test_companies_are_alike_by_tax_id_or_by_a_name_without_its_legal_form() -> None:
    assert reasons(
        firm(1, "Werft Nord GmbH", "DE 123456789"), firm(2, "Something else", "de123456789"),
        firm(3, "Werft Nord AG"), firm(4, "苏州江南宜居有限公司"), firm(5, "苏州江南宜居股份有限公司"), firm(6, "GmbH"),
    ) == {(1, 2): (Likeness.TAX_ID,), (1, 3): (Likeness.NAME,), (4, 5): (Likeness.NAME,)}


def test_the_strongest_reason_stands_first_and_several_are_named() -> None:
    found = find_pairs([person(1, "Anna Berg", "a@w.example", "0512 60001234"), person(2, "Ana Berg", "b@w.example"),
                        person(3, "Anna Berg", "c@w.example", "0512 60001234")])
    assert found[0] == Pair(1, 3, (Likeness.TELEPHONE, Likeness.NAME), 100)
    assert {(pair.one, pair.other) for pair in found[1:]} == {(1, 2), (2, 3)}


@pytest.mark.parametrize(("text", "key"), [("", ""), ("110", ""), ("+86 512 6000 1234", "260001234"),
                                           ("0512-60001234", "260001234"), ("600 1234", "6001234")])
def test_telephone_numbers_are_compared_by_their_last_digits(text: str, key: str) -> None:
    assert telephone_key(text) == key


def test_at_a_mail_service_names_must_be_the_same_and_addresses_alike() -> None:
    crowd = [person(number, f"{chr(97 + number % 26)}{number} Member", f"m{number}@mail.example")
             for number in range(100, 100 + CROWD)]
    assert reasons(*crowd, person(1, "Wei Li", "wei.li@mail.example"), person(2, "Li Wei", "weili8@mail.example"),
                   person(3, "Wei Li", "dragon77@mail.example"), person(4, "Wei Lis", "wei.lis@mail.example"),
                   ) == {(1, 2): (Likeness.NAME,)}


names = st.sampled_from(["Anna Berg", "Ana Berg", "Berg Anna", "Bo Chen", "陈波", "Chen Bo", "", "Werft Nord"])
cards = st.lists(st.tuples(names, st.sampled_from(["a.example", "b.example"]),
                           st.sampled_from(["", "0512 60001234", "+86 512 60001234"])), max_size=12).map(
    lambda rows: [person(place + 1, name, f"p{place}@{domain}", telephone)
                  for place, (name, domain, telephone) in enumerate(rows)])


@settings(max_examples=200, deadline=None)
@given(cards, st.randoms(use_true_random=False))
def test_pairs_are_whole_and_the_same_for_any_order_of_the_list(entries: list[Card], chance: random.Random) -> None:
    found = find_pairs(entries)
    shuffled = list(entries)
    chance.shuffle(shuffled)
    assert find_pairs(shuffled) == found
    assert len({(pair.one, pair.other) for pair in found}) == len(found)
    assert all(pair.one < pair.other and pair.reasons for pair in found)


def test_fifty_thousand_contacts_at_few_domains_take_seconds_and_hide_no_planted_pair() -> None:
    chance = random.Random(7)
    syllables = ["an", "be", "chi", "du", "en", "fa", "go", "hu", "lin", "ma", "ne", "or", "pe", "qui", "ra", "su"]
    entries = [person(row_id, " ".join("".join(chance.choices(syllables, k=3)) for _word in range(2)),
                      f"p{row_id}@mail{row_id % 400}.example", f"+86 1{chance.randrange(10**9, 10**10)}")
               for row_id in range(1, 50_001)]
    planted = [person(60_001, "Xaver Zimmermann", "one@mail3.example"),
               person(60_002, "Zimmermann, Xavier", "two@mail3.example")]
    started = time.process_time()
    found = find_pairs([*entries, *planted])
    assert time.process_time() - started < 30
    assert (60_001, 60_002) in {(pair.one, pair.other) for pair in found}
