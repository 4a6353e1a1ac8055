"""Finding products and options by words, in both languages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from catalog.finding import Match, ProductIndex, build_index, find_matches, search_words
from tests.factories import demo_products

INDEXES = [build_index(item.definition, code) for code, item in demo_products().items()]


def find(query: str, orders: dict[tuple[str, str, str], int] | None = None) -> tuple[Match, ...]:
    return find_matches(INDEXES, search_words(query, INDEXES), orders or {})


def first(query: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    match = find(query)[0]
    return match.product_code, match.hits[0].options


def test_a_product_and_an_option_are_found_together() -> None:
    assert first("green bike") == ("bicycle", (("colour", "RAL6018"),))
    assert first("Tilt and TURN") == ("window", (("opening", "tilt_turn"),))
    assert first("stainless 316") == ("pump", (("material", "316"),))


def test_chinese_is_found_without_spaces() -> None:
    assert {match.product_code for match in find("铝")} == {"window", "bicycle"}
    assert first("绿自行车") == ("bicycle", (("colour", "RAL6018"),))


def test_words_of_several_options_choose_them_together() -> None:
    product, options = first("red belt bicycle")
    assert (product, set(options)) == ("bicycle", {("colour", "RAL3020"), ("drive", "belt-8hub")})


def test_spellings_of_both_sides_of_the_ocean_are_the_same() -> None:
    assert find("aluminum")[0].hits == find("aluminium")[0].hits
    assert any(hit.attribute == "colour" for hit in find("color")[0].hits)


def test_the_most_ordered_goes_first_among_equals() -> None:
    plain = [hit.options for hit in find("alu bicycle")[0].hits]
    rare = plain[-1][0]
    (match,) = find("alu bicycle", {("bicycle", *rare): 9})
    assert match.hits[0].options == (rare,)


def test_a_short_word_is_meant_whole() -> None:
    assert (("size", "M"),) in [hit.options for hit in find("bike M")[0].hits]
    assert (("motor", "250W-mid"),) not in [hit.options for hit in find("bike M")[0].hits]


def test_what_nobody_has_is_found_nowhere() -> None:
    assert find("zeppelin") == ()
    assert find("") == ()


@given(st.text(max_size=60))
def test_any_text_can_be_asked_for(query: str) -> None:
    for match in find(query):
        index: ProductIndex = next(item for item in INDEXES if item.product_code == match.product_code)
        assert match.words
        for hit in match.hits:
            assert set(hit.options) <= set(index.options)
            assert len({item for item, _option in hit.options}) == len(hit.options)
