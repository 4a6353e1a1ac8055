"""Which background work exists: each kind bound to the services that do it, which load on first use."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from web.jobs import replanning
from web.jobs.kinds import JobKind, KindRegistry, Payload, Work
from web.settings import Settings

if TYPE_CHECKING:
    from web.mails.account_mail import AccountMailWork
    from web.mails.work import MailWork


def build_kinds(settings: Settings) -> KindRegistry:
    """Give every kind of background work that this version knows.

    Parameters
    ----------
    settings
        Address and secret of the site, for links in documents.

    Returns
    -------
    KindRegistry
        Nothing heavy is imported before the first job of a kind runs.
    """
    papers = DocumentWork(settings)
    registry = KindRegistry()
    registry.add(JobKind("holds.expire", apply=_expire, every_seconds=30))
    registry.add(JobKind("documents.quote", prepare=papers.prepare_quote, apply=papers.keep))
    registry.add(JobKind("documents.work_orders", prepare=papers.prepare_work_orders, apply=papers.keep))
    mails = LateMailWork(settings)
    registry.add(JobKind("mail.write", apply=mails.write, every_seconds=10))
    registry.add(JobKind("mail.send", prepare=mails.send, apply=mails.settle, give_up=mails.give_up))
    account_mails = LateAccountMailWork(settings)
    registry.add(JobKind("accounts.mail", prepare=account_mails.send, apply=account_mails.settle))
    registry.add(JobKind("designs.clean", apply=_clean_designs, every_seconds=3600))
    registry.add(JobKind("planning.replan", prepare=replanning.improve_plan, apply=replanning.store_proposal))
    registry.add(JobKind("planning.scenario", prepare=replanning.improve_scenario, apply=replanning.store_outcome))
    compiling = CompileWork(settings)
    registry.add(JobKind("catalog.compile", prepare=compiling.prepare, apply=compiling.settle))
    examining = ExamineWork(settings)
    registry.add(JobKind("catalog.audit", prepare=examining.audit, apply=_keep_result, is_limited=True))
    registry.add(JobKind("catalog.compare", prepare=examining.compare, apply=_keep_result, is_limited=True))
    return registry


def _expire(session: Session, work: Work, _prepared: Any) -> Payload:  # Any: nothing is prepared
    """Close the quotes and give back the capacity whose time is over; remind of those that soon will be."""
    from ordering import service as ordering  # noqa: PLC0415  # services load on first use

    closed = ordering.expire_due(session, now=work.now())
    return {"quotes": len(closed), "reminders": ordering.remind_expiring(session, now=work.now())}


def _clean_designs(session: Session, work: Work, _prepared: Any) -> Payload:  # Any: nothing is prepared
    """Take away what browsers kept and have not touched for 90 days."""
    from ordering import service as ordering  # noqa: PLC0415  # services load on first use

    return {"rows": ordering.clean_saved(session, now=work.now())}


def _keep_result(_session: Session, _work: Work, prepared: Any) -> Payload:  # Any: plain JSON values
    return {"found": prepared}


class ExamineWork:
    """Examines versions for the catalog engineer; what it finds is the job's result and changes nothing else."""

    def __init__(self, settings: Settings) -> None:
        self._cache_directory = settings.cache_directory

    def audit(self, work: Work) -> Any:  # Any: plain JSON values
        """Audit one version; ``content_hash`` names it."""
        from catalog import service as catalog  # noqa: PLC0415  # services load on first use
        from configurator import service as configurator  # noqa: PLC0415
        from web.shop.lookup import plant_day  # noqa: PLC0415

        content_hash = work.payload["content_hash"]
        with work.database.reading() as session:
            definition = catalog.get_version(session, content_hash=content_hash).definition
            day = plant_day(session, work.now())
        return configurator.audit_source(definition, content_hash=content_hash, on=day,
                                         cache_directory=self._cache_directory)

    def compare(self, work: Work) -> Any:  # Any: plain JSON values
        """Compare the version ``old`` with ``new``: a version, or what the upload ``upload`` says of the product."""
        from catalog import service as catalog  # noqa: PLC0415  # services load on first use
        from configurator import service as configurator  # noqa: PLC0415
        from web import publishing  # noqa: PLC0415
        from web.shop.lookup import plant_day  # noqa: PLC0415

        now = work.now()
        with work.database.reading() as session:
            old = catalog.get_version(session, content_hash=work.payload["old"]).definition
            new = publishing.find_definition(session, content_hash=work.payload["new"],
                                             upload_id=work.payload.get("upload"))
            day = plant_day(session, now)
        difference = configurator.compare_sources(old, new, on=day, cache_directory=self._cache_directory)
        with work.database.reading() as session:
            impact = publishing.list_broken(session, new=new, on=day, now=now, cache_directory=self._cache_directory)
        return {"on": day.isoformat(), "difference": difference, "impact": impact}


class CompileWork:
    """Compiles a published product version into the cache that web processes read, and lets it serve then."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def prepare(self, work: Work) -> Any:  # Any: the plain values of the configurator
        """Compile one version; ``content_hash`` names it."""
        from catalog import service as catalog  # noqa: PLC0415  # services load on first use
        from configurator import service as configurator  # noqa: PLC0415
        from web.shop.lookup import plant_day  # noqa: PLC0415

        content_hash = work.payload["content_hash"]
        with work.database.reading() as session:
            day = plant_day(session, work.now())
            definition = catalog.get_version(session, content_hash=content_hash).definition
            source = catalog.get_source(session, content_hash=content_hash)
        watched = Watched(work)
        if watched.should_stop():
            return configurator.STOPPED
        return configurator.compile_published(
            source, definition, content_hash=content_hash, on=day,
            cache_directory=self._settings.cache_directory, progress=watched.tell, should_stop=watched.should_stop)

    def settle(self, session: Session, work: Work, prepared: Any) -> Payload:  # Any: as above
        """Let the version serve, or note why it cannot: also when a stop was asked for up to this very transaction."""
        from configurator import service as configurator  # noqa: PLC0415  # services load on first use
        from web import publishing  # noqa: PLC0415

        content_hash = work.payload["content_hash"]
        running = publishing.compile_jobs(session, content_hash=content_hash)[-1]
        found = configurator.STOPPED if running.is_stop_requested else prepared
        is_ready = publishing.settle(session, content_hash=content_hash, found=found,
                                     by=work.payload.get("by", "system"), now=work.now())
        return {"is_ready": is_ready}


class Watched:
    """Tells how far a piece of work is, and asks whether to stop, but only so often that the work is not slowed."""

    SECONDS = 0.5

    def __init__(self, work: Work) -> None:
        self._work = work
        self._told_at = time.monotonic()
        self._asked_at = -math.inf  # what was asked for before the start is seen at once
        self._phase = ""
        self._is_stopped = False

    def tell(self, phase: str, share: float) -> None:
        """Store the phase and the share of it that is done, from 0 to 1."""
        if phase != self._phase or time.monotonic() - self._told_at >= self.SECONDS:
            self._work.report(phase=phase, share=round(share, 3))
            self._phase, self._told_at = phase, time.monotonic()

    def should_stop(self) -> bool:
        """Tell whether somebody asked for an end."""
        if not self._is_stopped and time.monotonic() - self._asked_at >= self.SECONDS:
            self._is_stopped = self._work.should_stop()
            self._asked_at = time.monotonic()
        return self._is_stopped


class LateMailWork:
    """The work of mails, which loads on first use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def write(self, session: Session, work: Work, prepared: Any) -> Payload:  # Any: nothing is prepared
        """Put what is due in words and queue it."""
        return self._work().write(session, work, prepared)

    def send(self, work: Work) -> Any:  # Any: what happened
        """Hand one mail over."""
        return self._work().send(work)

    def give_up(self, session: Session, payload: Payload, error: str) -> None:
        """Note that a mail has failed whose job was given up."""
        self._work().give_up(session, payload, error)

    def settle(self, session: Session, work: Work, prepared: Any) -> Payload:  # Any: as above
        """Note what happened."""
        return self._work().settle(session, work, prepared)

    def _work(self) -> MailWork:
        from web.mails.work import MailWork  # noqa: PLC0415  # services load on first use

        return MailWork(self._settings)


class LateAccountMailWork:
    """The work of mails about accounts, which loads on first use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, work: Work) -> Any:  # Any: what happened
        """Write and hand one mail over."""
        return self._work().send(work)

    def settle(self, session: Session, work: Work, prepared: Any) -> Payload:  # Any: as above
        """Note what happened."""
        return self._work().settle(session, work, prepared)

    def _work(self) -> AccountMailWork:
        from web.mails.account_mail import AccountMailWork  # noqa: PLC0415  # services load on first use

        return AccountMailWork(self._settings)


class DocumentWork:
    """Draws documents ahead of the first reader: filled in a reading session, drawn without any, kept at the end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def prepare_quote(self, work: Work) -> Any:  # Any: a list of drawn documents
        """Draw the quotation of one revision: ``number``, ``revision``, ``language``."""
        from ordering import service as ordering  # noqa: PLC0415  # services load on first use
        from web import documents  # noqa: PLC0415

        number, revision = work.payload["number"], work.payload["revision"]
        language = work.payload["language"]
        key: dict[str, Any] = {"kind": ordering.DocumentKind.QUOTE, "subject": number, "revision": revision,
                               "language": language}
        with work.database.reading() as session:
            if ordering.find_document(session, **key) is not None:
                return []
            quote = ordering.get_quote_by_number(session, number=number, revision=revision)
            html = documents.quote_html(session, quote, language, base_url=self._settings.base_url,
                                        secret=self._settings.secret_key)
        return [(key, documents.draw(html))]

    def prepare_work_orders(self, work: Work) -> Any:  # Any: as above
        """Draw the travellers of an order: ``order``."""
        from ordering import service as ordering  # noqa: PLC0415  # services load on first use
        from web import documents  # noqa: PLC0415

        pages = []
        with work.database.reading() as session:
            for work_order in ordering.get_order(session, number=work.payload["order"]).work_orders:
                key: dict[str, Any] = {"kind": ordering.DocumentKind.WORK_ORDER, "subject": work_order.number,
                                       "revision": work_order.revision,
                                       "language": documents.WORK_ORDER_LANGUAGE}
                if ordering.find_document(session, **key) is None:
                    pages.append((key, documents.work_order_html(
                        session, work_order, base_url=self._settings.base_url, secret=self._settings.secret_key)))
        return [(key, documents.draw(html)) for key, html in pages]

    def keep(self, session: Session, work: Work, prepared: Any) -> Payload:  # Any: as above
        """Keep what was drawn, unless a reader was quicker."""
        from ordering import service as ordering  # noqa: PLC0415  # services load on first use

        kept = 0
        for key, content in prepared:
            if ordering.find_document(session, **key) is None:
                ordering.keep_document(session, **key, content=content, now=work.now())
                kept += 1
        return {"documents": kept}
