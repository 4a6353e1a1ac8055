"""Parts, operations and weight: golden minutes, skipped operations, impossible catalogs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from catalog.bom import BomItem, Part
from catalog.product import ProductDefinition
from catalog.routing import RoutingItem
from catalog.rules import expression as ex
from catalog.text import Text
from configurator.errors import ExplosionInvalid
from configurator.explosion import Explosion, explode, explode_work
from configurator.footprint import material_co2_grams, material_lines
from configurator.view import view_configuration
from tests.factories import attr, choice, demo_products
from tests.factories import test as compare


def exploded(product: str, raw: dict[str, str]) -> Explosion:
    item = demo_products()[product]
    view = view_configuration(item, raw)
    assert view.whole is not None
    return explode(item.definition, view.whole)


def test_golden_minutes_of_the_window() -> None:
    explosion = exploded("window", {"width": "1230", "height": "1480", "profile": "PVC82", "spacer": "warm",
                                    "glass": "3-4/14/4/14/4", "opening": "tilt_turn"})
    minutes = {item.code: item.minutes for item in explosion.operations}
    assert {code: round(float(value), 1) for code, value in minutes.items()} == {
        "saw": 11.4, "weld": 9.0, "insulating_glass": 7.7, "glaze": 24.9}
    assert minutes["saw"] == Fraction(1142, 100)
    assert explosion.weight_grams == 69_020
    before = {item.code: item.predecessors for item in explosion.operations}
    assert before == {"saw": (), "weld": ("saw",), "insulating_glass": (), "glaze": ("weld", "insulating_glass")}


def test_aluminium_window_goes_over_cnc() -> None:
    explosion = exploded("window", {"profile": "ALU75", "glass": "2-4/16/4"})
    assert [item.code for item in explosion.operations] == ["frame_cnc", "insulating_glass", "glaze"]
    assert explosion.operations[0].minutes == 25
    assert set(explosion.operations[-1].predecessors) == {"frame_cnc", "insulating_glass"}


def test_carbon_frame_skips_welding_and_paint_waits_for_nothing() -> None:
    steel = {item.code: item for item in exploded("bicycle", {"frame": "CrMo-City", "colour": "RAL5015"}).operations}
    carbon = {item.code: item for item in exploded("bicycle", {"frame": "Carbon-Gravel"}).operations}
    assert steel["paint"].predecessors == ("frame_weld",)
    assert steel["paint"].setup_family == "RAL5015"
    assert "frame_weld" not in carbon
    assert carbon["paint"].predecessors == ()


def test_engraved_bicycle_is_marked_between_paint_and_assembly() -> None:
    operations = {item.code: item for item in exploded(
        "bicycle", {"frame": "Alu-Gravel", "engraving": "laser", "engraving_text": "Jo"}).operations}
    assert operations["laser_mark"].predecessors == ("paint",)
    assert set(operations["bike_asm"].predecessors) >= {"laser_mark", "wheel_build"}


def step(code: str, *before: str, minutes: ex.Expression | None = None,
         when: ex.Expression | None = None) -> RoutingItem:
    return RoutingItem(code, Text.of(code), code, minutes or ex.Number(Fraction(1)), when, before)


def product_of(*steps: RoutingItem, bom: tuple[BomItem, ...] = ()) -> ProductDefinition:
    part = Part("bolt", Text.of("Bolt"), "pcs", Fraction(1, 8))
    return ProductDefinition("thing", Text.of("Thing"), (choice("x", "p", "q"),), routing=steps,
                             parts={"bolt": part}, bom=bom)


def test_skipped_operations_hand_on_their_predecessors_once() -> None:
    never = ex.Truth(value=False)
    definition = product_of(step("d", "b", "c"), step("b", "a", when=never), step("c", "a", when=never),
                            step("a"), step("idle", "a", minutes=ex.Number(Fraction(0))), step("e", "idle", "d"))
    operations = explode(definition, {"x": "p"}).operations
    assert [(item.code, item.predecessors) for item in operations] == [
        ("a", ()), ("d", ("a",)), ("e", ("a", "d"))]


def test_operations_in_a_circle_are_refused() -> None:
    with pytest.raises(ExplosionInvalid, match="wait for each other"):
        explode(product_of(step("a", "b"), step("b", "a")), {"x": "p"})


@pytest.mark.parametrize("definition", [
    product_of(step("a", minutes=ex.Number(Fraction(-1)))),
    product_of(bom=(BomItem("bolt", ex.Number(Fraction(-2))),))])
def test_negative_time_or_quantity_is_refused(definition: ProductDefinition) -> None:
    with pytest.raises(ExplosionInvalid):
        explode(definition, {"x": "p"})


def test_bom_joins_like_items_and_drops_what_is_not_needed() -> None:
    def uses(quantity: int | str, operation: str = "", when: ex.Expression | None = None) -> BomItem:
        return BomItem("bolt", ex.Number(Fraction(quantity)), when, operation)

    only_q = compare(attr("x"), "=", "q")
    definition = product_of(step("a"), step("b", when=only_q),
                            bom=(uses("1.5", "a"), uses(2, "a"), uses(0), uses(9, "", only_q), uses(4, "b")))
    explosion = explode(definition, {"x": "p"})
    assert [(line.quantity, line.operation) for line in explosion.bom] == [(Fraction(7, 2), "a"), (4, "")]
    assert [line.co2_grams for line in material_lines(explosion.bom)] == [438, 500]
    assert material_co2_grams(explosion.bom) == 938
    assert explosion.weight_grams == 0


def test_work_waits_for_the_slowest_part_that_it_needs() -> None:
    parts = {
        "near": Part("near", Text.of("Near"), "pcs", lead_days=2),
        "far": Part("far", Text.of("Far"), "pcs", lead_days=9, available_from=date(2027, 3, 1)),
        "stock": Part("stock", Text.of("Stock"), "pcs"),
        "late": Part("late", Text.of("Late"), "pcs", available_from=date(2027, 4, 1)),
    }
    one = ex.Number(Fraction(1))
    is_red = compare(attr("colour"), "=", "red")
    definition = replace(
        product_of(step("cut"), step("coat", "cut"), step("wrap", minutes=ex.Number(Fraction(0))), bom=(
            BomItem("near", one, None, "cut"), BomItem("far", one, is_red, "coat"), BomItem("stock", one, None, "coat"),
            BomItem("late", ex.Number(Fraction(0)), None, "coat"), BomItem("near", one, None, "coat"),
            BomItem("late", one, is_red, "wrap"))),
        attributes=(choice("colour", "red", "blue"),), parts=parts)

    def waited(colour: str) -> list[tuple[str, int, date | None]]:
        whole, work = explode(definition, {"colour": colour}), explode_work(definition, {"colour": colour})
        assert work.operations == whole.operations
        return [(item.code, item.lead_days, item.material_from) for item in work.operations]

    assert waited("blue") == [("cut", 2, None), ("coat", 2, None)]
    assert waited("red") == [("cut", 2, date(2027, 4, 1)), ("coat", 9, date(2027, 3, 1))]  # wrap is left out


@pytest.mark.parametrize(("quantity", "minutes"), [(1, 6), (4, 6), (5, 12), (8, 12), (9, 18)])
def test_a_batch_takes_its_minutes_together(quantity: int, minutes: int) -> None:
    (item,) = explode(product_of(replace(step("oven", minutes=ex.Number(Fraction(6))), batch=4)), {"x": "p"}).operations
    assert item.minutes_of(quantity) == minutes
