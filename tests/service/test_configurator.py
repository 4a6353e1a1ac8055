"""The configurator's use cases on a real database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from catalog import service as catalog_service
from catalog.database import make_engine, make_session_factory, writing
from catalog.errors import ProductVersionNotFound
from catalog.money import Money
from catalog.product import ProductVersion
from configurator import service
from configurator.configuration import OptionState
from configurator.engine.loading import compile_definition
from configurator.errors import ConfigurationIncomplete, ConfigurationNotFound
from configurator.explosion import explode
from configurator.pricing import price

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
DEMO = Path(__file__).parents[2] / "catalog" / "demo"
GOLDEN = {"width": "1230", "height": "1480", "profile": "PVC82", "glass": "3-4/14/4/14/4", "spacer": "warm",
          "opening": "tilt_turn"}


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = make_engine(database_url)
    service.forget_loaded()
    with writing(), make_session_factory(engine)() as opened:
        catalog_service.publish_catalog(opened, path=DEMO, now=NOW)
        opened.commit()
        yield opened
    engine.dispose()


def hash_of(session: Session, product_code: str) -> str:
    return catalog_service.get_newest(session, product_code=product_code).content_hash


def test_golden_window_end_to_end(session: Session, tmp_path: Path) -> None:
    view = service.configure(session, product_code="window", choices=GOLDEN, on=TODAY, cache_directory=tmp_path)
    assert view.price is not None
    assert view.price.total == Money(207_556)
    assert {item.code: str(item.rounded) for item in view.shown}["u_window"] == "0.82"
    assert view.is_complete
    assert view.selectable["profile"] >= {"PVC82", "ALU75"}
    assert view.domains is not None
    assert view.domains.options["profile"]["ALU75"] is OptionState.EXCLUDED
    assert service.configure(session, product_code="window", choices=GOLDEN, on=TODAY,
                             cache_directory=tmp_path) is view


def test_frozen_configuration_is_read_back_exactly(session: Session) -> None:
    content_hash = hash_of(session, "window")
    key = service.freeze(session, content_hash=content_hash, choices=GOLDEN, on=TODAY, now=NOW, cache_directory=None)
    session.commit()
    session.expire_all()
    frozen = service.get(session, configuration_id=key)
    assert (frozen.product_code, frozen.content_hash, frozen.created_at) == ("window", content_hash, NOW)
    assert frozen.selection["width"] == Fraction(1230)
    assert dict(frozen.choices) == {**GOLDEN, "width": Fraction(1230), "height": Fraction(1480)}
    assert frozen.revision_hash == frozen.selection.revision_hash()
    definition = catalog_service.get_version(session, content_hash=content_hash).definition
    assert price(definition, frozen.selection).total == Money(207_556)
    assert explode(definition, frozen.selection).weight_grams == 69_020


@pytest.mark.parametrize(("product", "choices", "named"), [
    ("window", {"width": "1e3"}, {"errors": {"width": "number_malformed"}}),
    ("window", {"nothing": "1"}, {"errors": {"nothing": "attribute_unknown"}}),
    ("bicycle", {"frame": "Alu-Gravel", "engraving": "laser"}, {"missing": ["engraving_text"]}),
    ("bicycle", {"frame": "CrMo-City", "wheel": "29"}, {"conflict": ["frame", "wheel"]})])
def test_incomplete_configuration_is_not_frozen(session: Session, product: str, choices: dict[str, str],
                                                named: dict[str, object]) -> None:
    with pytest.raises(ConfigurationIncomplete) as caught:
        service.freeze(session, content_hash=hash_of(session, product), choices=choices, on=TODAY, now=NOW,
                       cache_directory=None)
    assert named.items() <= dict(caught.value.detail).items()
    assert not session.new


def test_text_of_a_frozen_configuration_survives(session: Session) -> None:
    choices = {"frame": "Alu-Gravel", "engraving": "laser", "engraving_text": "Für Jörg 你好"}
    key = service.freeze(session, content_hash=hash_of(session, "bicycle"), choices=choices, on=TODAY, now=NOW,
                         cache_directory=None)
    assert service.get(session, configuration_id=key).selection["engraving_text"] == "Für Jörg 你好"


def test_unknown_ids_are_refused(session: Session) -> None:
    with pytest.raises(ConfigurationNotFound):
        service.get(session, configuration_id="0" * 32)
    with pytest.raises(ProductVersionNotFound):
        service.configure(session, product_code="spaceship", choices={}, on=TODAY, cache_directory=None)
    with pytest.raises(ProductVersionNotFound):
        service.configure(session, content_hash="0" * 64, choices={}, on=TODAY, cache_directory=None)


def test_excluded_option_is_explained_with_repairs(session: Session) -> None:
    view = service.configure(session, product_code="window", on=TODAY, cache_directory=None, choices={
        "width": "1390", "height": "2390", "profile": "PVC82", "opening": "tilt_turn"})
    explanation = service.explain(session, view=view, attribute="glass", value="3-6/12/4/12/6", on=TODAY,
                                  cache_directory=None)
    assert explanation is not None
    assert [item.code for item in explanation.rules] == ["sash_weight.PVC82"]
    assert [len(repair.changes) for repair in explanation.repairs] == [1] * 4
    assert service.explain(session, view=view, attribute="spacer", value="alu", on=TODAY, cache_directory=None) is None


def test_forced_value_names_the_choices_it_follows_from(session: Session) -> None:
    view = service.configure(session, product_code="bicycle", on=TODAY, cache_directory=None,
                             choices={"frame": "Carbon-Trail", "colour": "RAL3020"})
    assert view.domains is not None
    assert view.domains.options["use"]["trail"] is OptionState.FORCED
    cause = service.find_cause(session, view=view, attribute="use", on=TODAY, cache_directory=None)
    assert cause is not None
    assert cause.attributes == ("frame",)
    assert [rule.code for rule in cause.rules] == ["R-use-Carbon-Trail"]
    assert service.find_cause(session, view=view, attribute="size", on=TODAY, cache_directory=None) is None


def test_rule_counts_only_within_its_period(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    version = catalog_service.get_newest(session, product_code="bicycle")
    rules = tuple(replace(rule, valid_from=date(2026, 3, 10), valid_until=date(2026, 3, 20))
                  if rule.code == "R-wheel-CrMo-City" else rule for rule in version.definition.rules)
    changed = ProductVersion(version.product_code, version.number, version.content_hash,
                             replace(version.definition, rules=rules))
    monkeypatch.setattr(catalog_service, "get_version", lambda *_, **__: changed)

    def is_contradictory(day: int) -> bool:
        view = service.configure(session, content_hash=version.content_hash, on=date(2026, 3, day),
                                 choices={"frame": "CrMo-City", "wheel": "29", "tyre": "45"}, cache_directory=None)
        return view.conflict is not None

    assert [is_contradictory(day) for day in (9, 10, 19, 20)] == [False, True, True, False]


def test_threads_asking_at_once_share_one_compilation(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    version = catalog_service.get_newest(session, product_code="pump")
    monkeypatch.setattr(catalog_service, "get_version", lambda *_, **__: version)
    compiled: list[str] = []

    def counted(*arguments: object, **options: object) -> object:
        compiled.append("once")
        return compile_definition(*arguments, **options)  # type: ignore[arg-type]  # passed through as they came

    monkeypatch.setattr("configurator.serving.compile_definition", counted)
    barrier = threading.Barrier(6)
    loaded: list[object] = []

    def ask() -> None:
        barrier.wait()
        loaded.append(service.load_model(session, content_hash=version.content_hash, on=TODAY, cache_directory=None))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(compiled) == 1
    assert len({id(item) for item in loaded}) == 1


def test_second_process_answers_from_the_cached_artifact(session: Session, tmp_path: Path) -> None:
    first = service.configure(session, product_code="pump", choices={"q_m3h": "20"}, on=TODAY,
                              cache_directory=tmp_path)
    assert list(tmp_path.iterdir())
    service.forget_loaded()
    second = service.configure(session, product_code="pump", choices={"q_m3h": "20"}, on=TODAY,
                               cache_directory=tmp_path)
    assert second is not first
    assert (second.domains, second.whole, second.consequences) == (first.domains, first.whole, first.consequences)
