"""Publishing: versions are numbered, immutable, found by hash, and refused whole when faulty."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import catalog
from catalog import service, store
from catalog.database import Base, make_engine, make_session_factory, writing
from catalog.tables import NetworkVersionRow, ProductReadinessRow, ProductVersionRow

DEMO = Path(catalog.__file__).parent / "demo"
NOW = datetime(2027, 3, 9, 10, 20, tzinfo=UTC)
TABLES = [ProductVersionRow.__table__, ProductReadinessRow.__table__, NetworkVersionRow.__table__]
UVL = b"features\n    Bell\n        optional\n            Light\n            Horn\nconstraints\n    Light => Horn\n"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    engine = make_engine(f"sqlite:///{tmp_path / 'catalog.db'}")
    Base.metadata.create_all(engine, tables=TABLES)  # type: ignore[arg-type]  # a row's table is a FromClause to mypy
    with writing(), make_session_factory(engine)() as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEMO, tmp_path / "demo"))


def test_publishing_gives_one_version_a_product_and_the_network(session: Session) -> None:
    versions = service.publish_catalog(session, path=DEMO, now=NOW)
    assert [(version.product_code, version.number) for version in versions] == [
        ("bicycle", 1), ("pump", 1), ("window", 1),
    ]
    assert all(len(version.content_hash) == 64 for version in versions)
    assert service.list_products(session) == versions
    assert service.get_network(session).code == "demo"
    assert [item.title.in_language("zh") for item in service.list_product_summaries(session)] == [
        "定制自行车", "增压泵组", "定制窗",
    ]


def test_the_same_content_keeps_its_version(session: Session, folder: Path) -> None:
    first = service.publish_catalog(session, path=DEMO, now=NOW)
    for path in folder.rglob("*.yaml"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert service.publish_catalog(session, path=folder, now=NOW) == first
    assert session.query(ProductVersionRow).count() == 3
    assert session.query(NetworkVersionRow).count() == 1


def test_a_change_makes_the_next_version_of_that_product_only(session: Session, folder: Path) -> None:
    first = {item.product_code: item for item in service.publish_catalog(session, path=DEMO, now=NOW)}
    main = folder / "products" / "window" / "product.yaml"
    main.write_text(main.read_text(encoding="utf-8").replace("base_price: 380", "base_price: 390"), encoding="utf-8")
    second = {item.product_code: item for item in service.publish_catalog(session, path=folder, now=NOW)}
    assert {code: item.number for code, item in second.items()} == {"bicycle": 1, "pump": 1, "window": 2}
    assert service.get_newest(session, product_code="window") == second["window"]
    pinned = service.get_version(session, content_hash=first["window"].content_hash)
    assert (pinned.number, pinned.definition.parameters["base_price"]) == (1, Fraction(380))


def test_a_definition_is_rebuilt_from_the_stored_source(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    published = service.publish_catalog(session, path=DEMO, now=NOW)
    session.commit()
    monkeypatch.setattr(store, "_definitions", store._Cache(8))
    monkeypatch.setattr(store, "_networks", store._Cache(2))
    assert service.list_products(session) == published
    assert len(service.get_network(session).work_centers) == 24


def test_a_definition_is_parsed_once_a_process(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    (version, *_) = service.publish_catalog(session, path=DEMO, now=NOW)
    monkeypatch.setattr(store, "read_definition", lambda _source: pytest.fail("parsed again"))
    found = service.get_version(session, content_hash=version.content_hash)
    assert found.definition is version.definition


def test_a_faulty_catalog_is_refused_whole_with_all_its_faults(session: Session, folder: Path) -> None:
    rules = folder / "products" / "pump" / "rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("temp_c <= 90 °C", "temp <= 90 °C"), encoding="utf-8")
    network = folder / "network" / "network.yaml"
    network.write_text(network.read_text(encoding="utf-8").replace("13:00-17:00", "11:00-17:00", 1), encoding="utf-8")
    with pytest.raises(service.CatalogInvalid) as caught:
        service.publish_catalog(session, path=folder, now=NOW)
    assert [problem.file for problem in caught.value.problems] == ["network/network.yaml", "products/pump/rules.yaml"]
    assert session.query(ProductVersionRow).count() == 0
    assert session.query(NetworkVersionRow).count() == 0


@pytest.mark.parametrize("table", ["product_version", "network_version"])
@pytest.mark.parametrize("statement", ["UPDATE {table} SET number = 7", "DELETE FROM {table}"])
def test_the_database_itself_keeps_published_versions(session: Session, table: str, statement: str) -> None:
    service.publish_catalog(session, path=DEMO, now=NOW)
    with pytest.raises(IntegrityError, match="a published version never changes"):
        session.execute(text(statement.format(table=table)))


def test_an_imported_model_is_published_under_its_name(session: Session) -> None:
    version = service.publish_product(session, source=UVL, format="uvl", now=NOW, name="horn.uvl")
    assert (version.product_code, version.number) == ("horn", 1)
    assert {attribute.code for attribute in version.definition.attributes} == {"Bell", "Light", "Horn"}
    assert service.publish_product(session, source=UVL, format="uvl", now=NOW, name="horn.uvl") == version


def test_a_model_file_is_published_by_its_path(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "bell.uvl"
    path.write_bytes(UVL)
    (version,) = service.publish_catalog(session, path=path, now=NOW)
    assert version.product_code == "bell"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.txt", b"", "found '.txt'; expected a catalog folder"),
        ("x.uvl", b"features\n  \xff", "x.uvl:2:1: expected UTF-8 text"),
        ("x.uvl", b"nonsense", "x.uvl:1:1"),
    ],
)
def test_a_file_that_is_no_model_is_refused(session: Session, tmp_path: Path, name: str, content: bytes,
                                            message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(service.CatalogInvalid) as caught:
        service.publish_catalog(session, path=path, now=NOW)
    assert message in str(caught.value.problems[0])


def test_an_unknown_format_is_refused(session: Session) -> None:
    with pytest.raises(service.CatalogInvalid) as caught:
        service.publish_product(session, source=UVL, format="uvi", now=NOW)
    assert "unknown format 'uvi'; did you mean 'uvl'?" in str(caught.value.problems[0])
    with pytest.raises(service.CatalogInvalid):
        service.publish_product(session, source=b"{}", format="folder", now=NOW)


def test_what_is_not_published_is_not_found(session: Session) -> None:
    assert service.list_products(session) == ()
    with pytest.raises(service.ProductVersionNotFound):
        service.get_newest(session, product_code="window")
    with pytest.raises(service.ProductVersionNotFound):
        service.get_version(session, content_hash="0" * 64)
    with pytest.raises(service.NetworkNotFound):
        service.get_network(session)
