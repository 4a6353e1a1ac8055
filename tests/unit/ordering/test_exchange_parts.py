"""The blocks of exchange files: what is empty is left out, what XML cannot hold is dropped, figures are plain."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from catalog.money import Money
from ordering import exchange_parts as ubl


def written(root: Element) -> etree._Element:
    return etree.fromstring(ubl.finish(root))


@given(st.text())
def test_any_text_gives_a_document_that_can_be_read(text: str) -> None:
    root = ubl.start("Quotation")
    ubl.basic(root, "ID", text)
    found = [item.text for item in written(root) if item.tag.endswith("}ID")]
    assert found == [] or found[0] is not None


@pytest.mark.parametrize(("value", "text"), [
    (Fraction(1230), "1230"), (Fraction(1, 2), "0.5"), (Fraction(1, 3), "0.333333"), (Fraction(0), "0"),
    (Fraction(-5, 4), "-1.25"), (Fraction(10**9), "1000000000"),
])
def test_figures_are_written_plainly(value: Fraction, text: str) -> None:
    assert ubl.plain_decimal(value) == text


def test_amounts_have_all_decimals_and_their_currency() -> None:
    root = ubl.start("Order")
    ubl.amount(root, "PayableAmount", Money(-100, "EUR"))
    (item,) = (item for item in written(root) if item.tag.endswith("}PayableAmount"))
    assert (item.text, item.get("currencyID")) == ("-1.00", "EUR")


def test_moments_are_those_of_the_place() -> None:
    root = ubl.start("Order")
    ubl.moment(root, datetime(2026, 12, 31, 20, 30, 5, 999, tzinfo=UTC), ZoneInfo("Asia/Shanghai"))
    assert [item.text for item in written(root)][1:] == ["2027-01-01", "04:30:05+08:00"]


def test_a_party_without_particulars_has_a_name_only() -> None:
    root = ubl.start("Order")
    ubl.party(root, "BuyerCustomerParty", ubl.Party("Li"))
    tags = [etree.QName(item).localname for item in written(root).iter()]
    assert not {"PostalAddress", "PartyTaxScheme", "Contact"} & set(tags)


def test_an_identifier_is_the_same_every_time() -> None:
    assert ubl.document_id("Q-2026-0001", 1) == ubl.document_id("Q-2026-0001", 1)
    assert ubl.document_id("Q-2026-0001", 1) != ubl.document_id("Q-2026-0001", 2)
