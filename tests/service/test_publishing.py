"""A version serves when it is compiled: the old one until then, whatever fails, is stopped, or is killed."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import catalog
from catalog import service
from catalog.formats.catalog_source import CatalogSource, read_model_file, read_path
from catalog.formats.published import PublishedSource
from catalog.product import ProductVersion
from catalog.readiness import VersionRecord, VersionState
from catalog.rules.expression import Truth
from configurator import service as configurator
from configurator import serving
from ordering import service as ordering
from tests.conftest import StandingClock
from web.database import Database
from web.jobs import queue
from web.jobs.handlers import build_kinds
from web.jobs.runner import JobRunner
from web.publishing import compile_jobs, compile_later, prepare, publish, publish_later
from web.settings import Settings
from web.tables import JobRow

DEMO = Path(catalog.__file__).parent / "demo"
BELL = "features\n    Bell\n        optional\n            Light\n            Horn\n"
VOID = "p cnf 2 3\n1 2 0\n-1 0\n-2 0\n"


def bell(*constraints: str) -> CatalogSource:
    lines = "".join(f"    {line}\n" for line in constraints)
    return read_model_file((BELL + (f"constraints\n{lines}" if lines else "")).encode(), file_name="bell.uvl")


class Works:
    """A database with a worker that runs when it is told to."""

    def __init__(self, database: Database, settings: Settings, clock: StandingClock) -> None:
        self.database = database
        self.clock = clock
        self.cache = settings.cache_directory
        self.kinds = build_kinds(settings)
        self.runner = JobRunner(database, self.kinds, clock=clock, lease_seconds=30)

    def publish(self, source: CatalogSource, by: str = "jing") -> tuple[ProductVersion, ...]:
        with self.database.transaction() as session:
            return publish_later(session, source=source, by=by, now=self.clock())

    def serving(self, code: str = "bell") -> int:
        with self.database.reading() as session:
            return service.get_newest(session, product_code=code).number

    def records(self, code: str = "bell") -> tuple[VersionRecord, ...]:
        with self.database.reading() as session:
            return service.list_records(session, product_code=code)

    def job(self, version: ProductVersion) -> JobRow:
        with self.database.reading() as session:
            job = compile_jobs(session, content_hash=version.content_hash)[-1]
            session.expunge(job)
            return job


@pytest.fixture
def works(database: Database, make_settings: Callable[..., Settings], clock: StandingClock) -> Iterator[Works]:
    configurator.forget_loaded()
    yield Works(database, make_settings(), clock)
    serving.wait_for_readers()
    configurator.forget_loaded()


def test_the_old_version_serves_until_the_new_one_is_compiled(works: Works) -> None:
    works.publish(bell())
    with works.database.reading() as session, pytest.raises(service.ProductVersionNotFound):
        service.get_newest(session, product_code="bell")
    assert works.runner.run_due() == 1
    (second,) = works.publish(bell("Light => Horn"))
    with works.database.reading() as session:
        assert [item.number for item in service.list_products(session)] == [1]
        assert [item.number for item in service.list_product_summaries(session)] == [1]
        assert service.get_version(session, content_hash=second.content_hash).number == 2
    assert [item.state for item in works.records()] == [VersionState.WAITING, VersionState.READY]
    works.clock.forward(minutes=2)
    assert works.runner.run_due() == 1
    assert works.serving() == 2
    newest = works.records()[0]
    assert (newest.state, newest.changed_at, newest.published_by) == (VersionState.READY, works.clock(), "jing")
    assert newest.facts is not None
    assert (newest.facts.method, newest.facts.options, newest.facts.variants) == ("graph", 6, "3")
    assert newest.facts.edges > 0


def test_what_was_published_and_served_stands_in_the_audit_log(works: Works) -> None:
    works.publish(bell())
    works.runner.run_due()
    with works.database.reading() as session:
        noted = ordering.list_actions(session, subject="bell", prefix="catalog.")
        assert [(item.actor, item.action, item.facts["version"]) for item in noted] == [
            ("jing", "catalog.serve", 1), ("jing", "catalog.publish", 1)]
        assert [breach for breach in ordering.check(session, now=works.clock()) if breach.invariant == "I15"] == []


def test_a_version_that_cannot_be_compiled_never_serves_and_says_why(works: Works) -> None:
    works.publish(read_model_file(b"p cnf 2 1\n1 2 0\n", file_name="pair.dimacs"))
    works.runner.run_due()
    (version,) = works.publish(read_model_file(VOID.encode(), file_name="pair.dimacs"))
    works.runner.run_due()
    failed = works.records("pair")[0]
    assert failed.state is VersionState.FAILED
    assert failed.failure == "This product has no valid configuration: its rules contradict each other."
    assert works.serving("pair") == 1
    assert works.job(version).state == "done"


@pytest.mark.parametrize("moment", ["while it waits", "after compiling"])
def test_a_stopped_compilation_leaves_the_old_version_and_can_be_asked_for_again(
    works: Works, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    works.publish(bell())
    works.runner.run_due()
    (version,) = works.publish(bell("Light => Horn"))
    compiled = configurator.compile_published

    def compile_and_stop(*args: Any, **options: Any) -> object:  # Any: passed through
        with works.database.transaction() as session:
            queue.request_stop(session, job_id=works.job(version).id)
        return compiled(*args, **options) if args else None

    if moment == "while it waits":
        compile_and_stop()
    else:
        monkeypatch.setattr(configurator, "compile_published", compile_and_stop)
    works.runner.run_due()
    monkeypatch.setattr(configurator, "compile_published", compiled)
    assert [(item.state, item.failure) for item in works.records()] == [
        (VersionState.FAILED, "The compilation was stopped."), (VersionState.READY, "")]
    assert works.serving() == 1
    with works.database.transaction() as session:
        job = compile_later(session, content_hash=version.content_hash, by="jing", now=works.clock())
        assert compile_later(session, content_hash=version.content_hash, by="min", now=works.clock()) is job
    assert works.records()[0].state is VersionState.WAITING
    works.runner.run_due()
    assert works.serving() == 2


def test_a_worker_killed_between_compiling_and_serving_is_followed_by_another(works: Works) -> None:
    (version,) = works.publish(bell())
    job = works.job(version)
    kind = works.kinds.find("catalog.compile")
    assert kind is not None
    assert kind.prepare is not None
    with works.database.transaction() as session:
        claim = queue.claim(session, job_id=job.id, now=works.clock(), lease_seconds=30)
    assert claim is not None

    class Killed:
        payload = job.payload
        database = works.database
        now, attempt = works.clock, 1

        def report(self, **progress: object) -> None:
            assert progress

        def should_stop(self) -> bool:
            return False

    kind.prepare(Killed())  # its process is gone now: the artifact is there, the version still waits
    assert (works.cache / f"{version.content_hash}.graph").exists()
    assert works.runner.run_due() == 0
    assert works.records()[0].state is VersionState.WAITING
    works.clock.forward(seconds=31)
    assert works.runner.run_due() == 1
    assert works.serving() == 1
    assert works.job(version).attempts == 2


def test_two_people_publishing_at_once_get_one_version_each_and_the_later_serves(works: Works) -> None:
    sources = [bell("Light => Horn"), bell("Horn => Light"), bell("Light => Horn")]
    found: list[tuple[ProductVersion, ...]] = []
    gate = threading.Barrier(len(sources))

    def run(source: CatalogSource) -> None:
        gate.wait()
        while True:
            try:
                found.append(works.publish(source))
            except IntegrityError:  # lost the race for a number; the edge runs such a request again
                continue
            return

    threads = [threading.Thread(target=run, args=(source,)) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert {item.number for versions in found for item in versions} == {1, 2}
    assert works.runner.run_due() == 2
    assert works.serving() == 2
    assert [item.state for item in works.records()] == [VersionState.READY, VersionState.READY]


def test_an_older_version_that_is_ready_late_does_not_serve_over_a_newer_one(works: Works) -> None:
    (first,) = works.publish(bell())
    (second,) = works.publish(bell("Light => Horn"))
    assert works.runner.run(works.job(second).id)
    assert works.serving() == 2
    assert works.runner.run(works.job(first).id)
    assert works.serving() == 2


def test_publishing_the_served_content_again_queues_nothing(works: Works) -> None:
    works.publish(bell())
    works.runner.run_due()
    assert works.publish(bell()) == ()
    assert works.runner.run_due() == 0


def test_the_demo_is_published_and_compiled_at_once(works: Works) -> None:
    with works.database.transaction() as session:
        answer = publish(session, path=DEMO, now=works.clock(), cache_directory=works.cache)
    assert answer["network"] == "demo"
    with works.database.reading() as session:
        records = service.list_records(session)
    assert [(item.product_code, item.state, item.published_by) for item in records] == [
        (code, VersionState.READY, "system") for code in ("bicycle", "pump", "window")]
    assert all(item.facts is not None and item.facts.method == "graph" for item in records)
    assert len(list(works.cache.glob("*.graph"))) >= 3


def test_rules_of_later_days_are_compiled_before_their_day_and_fail_before_it(
    works: Works, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(DEMO, tmp_path / "demo"))
    rules = folder / "products" / "window" / "rules.yaml"
    entry = ("\n- code: later\n  when: height > 0 mm\n  requires: width > 900 mm\n"
             "  reason: {en: Too narrow, zh: 太窄}\n  valid_from: 2027-05-01\n")
    rules.write_text(rules.read_text(encoding="utf-8").rstrip("\n") + entry, encoding="utf-8")
    publication = prepare(path=folder, on=works.clock().date(), cache_directory=works.cache)
    window = next(item for item in publication.source.products if item.definition.code == "window")
    made = set(works.cache.glob("*.graph"))
    loaded = serving._load(ProductVersion("window", 1, window.content_hash, window.definition),
                           works.clock().date().replace(year=2028), works.cache)
    assert set(works.cache.glob("*.graph")) == made, "the rules of a later day were compiled when it came"
    assert "later" in {rule.code for rule in loaded.definition.rules}
    never = replace(window.definition, rules=tuple(
        replace(rule, expression=Truth(value=False)) if rule.code == "later" else rule
        for rule in window.definition.rules))
    found = configurator.compile_source(never, content_hash="f" * 64, on=works.clock().date(), cache_directory=None)
    assert found == configurator.CompileFault(
        "From 2027-05-01 on: This product has no valid configuration: its rules contradict each other.")


def test_a_ready_version_stays_ready(works: Works) -> None:
    works.publish(bell())
    works.runner.run_due()
    with works.database.transaction() as session:
        record = service.list_records(session)[0]
        assert not service.mark_failed(session, content_hash=record.content_hash, reason="no", now=works.clock())
    for statement in ("UPDATE product_readiness SET ready_at = NULL", "DELETE FROM product_readiness"):
        with pytest.raises(IntegrityError, match="a published version never changes"), \
                works.database.transaction() as session:
            session.execute(text(statement))


@pytest.mark.parametrize("damage", ["missing", "cut", "changed", "of another product"])
def test_a_damaged_artifact_is_built_again_with_the_same_answers(works: Works, damage: str) -> None:
    (version,) = works.publish(bell("Light => Horn"))
    works.runner.run_due()
    path = works.cache / f"{version.content_hash}.graph"
    whole = path.read_bytes()
    other = works.publish(read_model_file(b"p cnf 2 1\n1 2 0\n", file_name="pair.dimacs"))[0]
    works.runner.run_due()
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(whole[:len(whole) // 2])
    elif damage == "changed":
        path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    else:
        shutil.copy(works.cache / f"{other.content_hash}.graph", path)
    with works.database.reading() as session:
        view = configurator.configure(session, product_code="bell", choices={"Light": "true"},
                                      on=works.clock().date(), cache_directory=works.cache)
    assert view.count == 1
    assert path.read_bytes()[48:] == whole[48:]


class SlowReader:
    """Holds every reading of a version back until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.may_go_on = threading.Event()
        self._read = service.read_source_definition
        monkeypatch.setattr(service, "read_source_definition", self)
        monkeypatch.setattr(serving, "PATIENCE_SECONDS", 0.0)

    def __call__(self, source: PublishedSource) -> object:
        assert self.may_go_on.wait(30)
        return self._read(source)


def number_served(works: Works, session: Session) -> int:
    return configurator.get_serving(session, product_code="bell", on=works.clock().date(),
                                    cache_directory=works.cache).number


def test_customers_are_answered_by_the_old_version_while_the_new_one_is_read(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    works.publish(bell())
    works.runner.run_due()
    with works.database.reading() as session:
        assert number_served(works, session) == 1
    works.publish(bell("Light => Horn"))
    works.runner.run_due()
    slow = SlowReader(monkeypatch)
    with works.database.reading() as page:
        assert number_served(works, page) == 1
        with works.database.reading() as other:
            assert number_served(works, other) == 1
        slow.may_go_on.set()
        serving.wait_for_readers()
        assert number_served(works, page) == 1, "a page changed its version halfway"
        with works.database.reading() as session:
            assert number_served(works, session) == 2


def test_a_version_that_cannot_be_read_beside_is_read_by_the_next_request(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    works.publish(bell())
    works.runner.run_due()
    with works.database.reading() as session:
        assert number_served(works, session) == 1
    works.publish(bell("Light => Horn"))
    works.runner.run_due()

    def broken(_source: object) -> object:
        raise MemoryError

    monkeypatch.setattr(service, "read_source_definition", broken)
    with works.database.reading() as session:
        number_served(works, session)
    serving.wait_for_readers()
    with works.database.reading() as session:
        assert number_served(works, session) == 2


def test_a_product_of_another_database_in_this_process_is_not_served(works: Works) -> None:
    serving._process.served["bell"] = "0" * 64
    works.publish(bell())
    works.runner.run_due()
    with works.database.reading() as session:
        assert number_served(works, session) == 1


def test_a_lost_worker_five_times_leaves_the_version_waiting_with_its_job_failed(works: Works) -> None:
    (version,) = works.publish(bell())
    job = works.job(version)
    for _attempt in range(queue.MAX_ATTEMPTS + 1):
        with works.database.transaction() as session:
            queue.claim(session, job_id=job.id, now=works.clock(), lease_seconds=30)
        works.clock.moment += timedelta(seconds=31)
    assert works.job(version).state == "failed"
    assert works.records()[0].state is VersionState.WAITING
    with works.database.transaction() as session:
        compile_later(session, content_hash=version.content_hash, by="jing", now=works.clock())
    works.runner.run_due()
    assert works.serving() == 1


def test_a_path_is_read_as_a_source(tmp_path: Path) -> None:
    (tmp_path / "bell.uvl").write_text(BELL, encoding="utf-8")
    (product,) = read_path(tmp_path / "bell.uvl").products
    assert (product.definition.code, product.source.format) == ("bell", "uvl")


def test_a_large_product_is_compiled_in_a_process_of_its_own_and_serves(works: Works) -> None:
    chain = "p cnf 400 399\n" + "\n".join(f"-{number} {number + 1} 0" for number in range(1, 400)) + "\n"
    (version,) = works.publish(read_model_file(chain.encode(), file_name="chain.dimacs"))
    works.runner.run_due()
    record = works.records("chain")[0]
    assert record.facts is not None
    assert (record.state, record.facts.variants) == (VersionState.READY, "401")
    progress = works.job(version).progress
    assert progress is not None
    assert progress["phase"] in {"numbers", "rules", "simplify", "graph", "store"}
