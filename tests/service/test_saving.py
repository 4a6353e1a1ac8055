"""Kept designs, last states and links on a real database: each owner sees and changes only its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from ordering import saving, service
from ordering.errors import DesignNotFound, DesignRefused, QuoteNotFound, ResumeLinkEnded, ResumeLinkNotFound
from ordering.saved import KEEPING_TIME, LINK_TIME, Choice, SavedDesign, account_owner, browser_owner
from ordering.saved_tables import LastChoiceRow, ResumeLinkRow, SavedDesignRow
from tests.service.selling import NOW, SECRET
from web.database import Database

MINE, OTHERS, ACCOUNT = browser_owner("mine"), browser_owner("another's"), account_owner(7)
CHOICE = Choice("window", "a" * 64, 1, {"width": "1230", "profile": "PVC82"}, "SZ", "fastest", 3)
WIDER = Choice("window", "a" * 64, 1, {"width": "1400"})


def keep(database: Database, name: str, key: str, *, owner: str = MINE, choice: Choice = CHOICE,
         replaces: bool = False, days: int = 0) -> SavedDesign:
    with database.transaction() as session:
        return service.keep_design(session, owner=owner, name=name, choice=choice, key=key,
                                   now=NOW + timedelta(days=days), replaces=replaces)


def names(database: Database, owner: str = MINE) -> list[str]:
    with database.reading() as session:
        return [design.name for design in service.list_designs(session, owner=owner)]


def note(database: Database, choice: Choice, *, owner: str = MINE, days: int = 0) -> bool:
    with database.transaction() as session:
        return service.note_last_choice(session, owner=owner, choice=choice, now=NOW + timedelta(days=days))


def test_design_is_kept_as_it_was_and_the_latest_stands_first(database: Database) -> None:
    kept = keep(database, "Kitchen", "key-1")
    keep(database, "Bedroom", "key-2", choice=WIDER, days=1)
    assert kept.choice == CHOICE
    assert names(database) == ["Bedroom", "Kitchen"]
    with database.reading() as session:
        assert service.get_design(session, owner=MINE, design_id=kept.id) == kept
        assert service.count_designs(session, owner=MINE) == 2


def test_same_page_sent_twice_keeps_once(database: Database) -> None:
    assert keep(database, "Kitchen", "key-1").id == keep(database, "Kitchen", "key-1").id
    assert names(database) == ["Kitchen"]


def test_name_in_use_is_refused_and_replaced_only_on_request(database: Database) -> None:
    first = keep(database, "Kitchen", "key-1")
    with pytest.raises(DesignRefused) as caught:
        keep(database, "Kitchen", "key-2", choice=WIDER)
    assert caught.value.detail["why"] == "name_taken"
    again = keep(database, "Kitchen", "key-3", choice=WIDER, replaces=True)
    assert (again.id, again.choice) == (first.id, WIDER)
    assert keep(database, "Kitchen", "key-4", owner=OTHERS).id != first.id


@pytest.mark.parametrize(("name", "why"), [("", "name_length"), ("x" * 81, "name_length")])
def test_name_out_of_its_limits_is_refused(database: Database, name: str, why: str) -> None:
    with pytest.raises(DesignRefused) as caught:
        keep(database, name, "key-1")
    assert caught.value.detail["why"] == why


def test_owner_keeps_at_most_so_many_designs_and_so_long_choices(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "MOST_DESIGNS", 2)
    first = keep(database, "A", "key-1")
    keep(database, "B", "key-2")
    with pytest.raises(DesignRefused) as caught:
        keep(database, "C", "key-3")
    assert caught.value.detail["why"] == "too_many"
    with pytest.raises(DesignRefused), database.transaction() as session:
        service.duplicate_design(session, owner=MINE, design_id=first.id, key="key-4", now=NOW)
    keep(database, "A", "key-5", replaces=True)
    with pytest.raises(DesignRefused) as caught:
        keep(database, "D", "key-6", owner=OTHERS, choice=Choice("window", "a" * 64, 1, {"a": "x" * 60_001}))
    assert caught.value.detail["why"] == "too_long"


def test_another_owner_finds_renames_copies_and_deletes_nothing(database: Database) -> None:
    kept = keep(database, "Kitchen", "key-1")
    for design_id in (kept.id, 0, -1, 2**63):
        with database.transaction() as session:
            with pytest.raises(DesignNotFound):
                service.get_design(session, owner=OTHERS, design_id=design_id)
            with pytest.raises(DesignNotFound):
                service.rename_design(session, owner=OTHERS, design_id=design_id, name="Mine")
            with pytest.raises(DesignNotFound):
                service.duplicate_design(session, owner=OTHERS, design_id=design_id, key="key-9", now=NOW)
            with pytest.raises(DesignNotFound):
                service.delete_design(session, owner=OTHERS, design_id=design_id)
    assert names(database) == ["Kitchen"]
    assert names(database, OTHERS) == []


def test_design_is_renamed_copied_once_and_deleted(database: Database) -> None:
    kept = keep(database, "Kitchen", "key-1")
    keep(database, "Bath", "key-2")
    with database.transaction() as session:
        assert service.rename_design(session, owner=MINE, design_id=kept.id, name="Kitchen").name == "Kitchen"
        assert service.rename_design(session, owner=MINE, design_id=kept.id, name="Attic").name == "Attic"
        with pytest.raises(DesignRefused):
            service.rename_design(session, owner=MINE, design_id=kept.id, name="Bath")
        copies = [service.duplicate_design(session, owner=MINE, design_id=kept.id, key="key-3", now=NOW)
                  for _time in range(2)]
        other = service.duplicate_design(session, owner=MINE, design_id=kept.id, key="key-4", now=NOW)
    assert (copies[0], copies[0].name, other.name) == (copies[1], "Attic (2)", "Attic (3)")
    assert copies[0].choice == CHOICE
    with database.transaction() as session:
        service.delete_design(session, owner=MINE, design_id=kept.id)
    assert sorted(names(database)) == ["Attic (2)", "Attic (3)", "Bath"]


def test_last_state_is_written_only_when_it_differs(database: Database) -> None:
    assert note(database, CHOICE)
    assert not note(database, CHOICE, days=1)
    assert note(database, WIDER, days=2)
    assert not note(database, Choice("window", "a" * 64, 1, {"a": "x" * 60_001}))
    with database.reading() as session:
        found = service.find_last_choice(session, owner=MINE, product_code="window")
        assert found is not None
        assert (found.choice, found.changed_at) == (WIDER, NOW + timedelta(days=2))
        assert service.find_last_choice(session, owner=OTHERS, product_code="window") is None
        assert session.scalar(select(func.count()).select_from(LastChoiceRow)) == 1
    with database.transaction() as session:
        service.forget_last_choice(session, owner=OTHERS, product_code="window")
        assert len(service.list_last_choices(session, owner=MINE)) == 1
        service.forget_last_choice(session, owner=MINE, product_code="window")
        assert service.list_last_choices(session, owner=MINE) == ()


def test_what_a_browser_keeps_moves_to_the_account(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "MOST_DESIGNS", 3)
    keep(database, "Kitchen", "key-0", owner=ACCOUNT)
    for number, name in enumerate(("Old", "Bath", "Kitchen")):
        keep(database, name, f"key-{number}-b", days=number)
    note(database, CHOICE, owner=ACCOUNT, days=1)
    note(database, WIDER, days=2)
    note(database, Choice("pump", "c" * 64, 1, {}), days=1)
    with database.transaction() as session:
        moved = service.move_designs(session, source=MINE, target=ACCOUNT, now=NOW)
        assert service.move_designs(session, source=ACCOUNT, target=ACCOUNT, now=NOW).designs == 0
    assert (moved.designs, moved.left) == (2, 1)
    assert sorted(names(database, ACCOUNT)) == ["Bath", "Kitchen", "Kitchen (2)"]
    assert names(database) == ["Old"]
    with database.reading() as session:
        last = {item.choice.product_code: item.choice for item in service.list_last_choices(session, owner=ACCOUNT)}
        assert last["window"] == WIDER
        assert set(last) == {"window", "pump"}
        assert service.list_last_choices(session, owner=MINE) == ()


def test_earlier_last_state_of_a_browser_gives_way_to_the_later_one_of_the_account(database: Database) -> None:
    note(database, WIDER, days=1)
    note(database, CHOICE, owner=ACCOUNT, days=2)
    with database.transaction() as session:
        service.move_designs(session, source=MINE, target=ACCOUNT, now=NOW)
        assert [item.choice for item in service.list_last_choices(session, owner=ACCOUNT)] == [CHOICE]
        assert session.scalar(select(func.count()).select_from(LastChoiceRow)) == 1


def test_cleaning_takes_only_browsers_that_were_not_touched_for_90_days(database: Database) -> None:
    keep(database, "Long ago", "key-1")
    keep(database, "Of an account", "key-2", owner=ACCOUNT)
    keep(database, "Long ago, but still in use", "key-3", owner=OTHERS)
    note(database, CHOICE, owner=OTHERS, days=60)
    end = NOW + KEEPING_TIME
    with database.transaction() as session:
        assert service.clean_saved(session, now=end) == 0
    with database.transaction() as session:
        assert service.clean_saved(session, now=end + timedelta(minutes=1)) == 1
    assert names(database) == []
    assert names(database, ACCOUNT) == ["Of an account"]
    assert names(database, OTHERS) == ["Long ago, but still in use"]


def test_forgotten_owner_leaves_nothing(database: Database) -> None:
    keep(database, "Kitchen", "key-1", owner=ACCOUNT)
    keep(database, "Kitchen", "key-2")
    note(database, CHOICE, owner=ACCOUNT)
    with database.transaction() as session:
        service.make_resume_link(session, owner=ACCOUNT, choice=CHOICE, key="key", secret=SECRET, now=NOW)
        service.forget_owner(session, owner=ACCOUNT)
        assert [session.scalar(select(func.count()).select_from(table))
                for table in (SavedDesignRow, LastChoiceRow, ResumeLinkRow)] == [1, 0, 0]


def test_link_leads_to_its_choices_for_30_days_and_its_token_is_not_stored(database: Database) -> None:
    with database.transaction() as session:
        made = service.make_resume_link(session, owner=MINE, choice=CHOICE, key="key", secret=SECRET, now=NOW)
        again = service.make_resume_link(session, owner=MINE, choice=WIDER, key="key", secret=SECRET, now=NOW)
    assert made == again
    assert len(made.token) == 43
    with database.reading() as session:
        row = session.get(ResumeLinkRow, made.id)
        assert row is not None
        assert made.token not in {row.token_hash, row.link_seed}
        assert service.open_resume_link(session, token=made.token, now=NOW + LINK_TIME - timedelta(seconds=1)) == CHOICE
        with pytest.raises(ResumeLinkEnded):
            service.open_resume_link(session, token=made.token, now=NOW + LINK_TIME)
        for wrong in (made.token.swapcase(), made.token[:-1], "", "x" * 43):
            with pytest.raises(ResumeLinkNotFound):
                service.open_resume_link(session, token=wrong, now=NOW)
        with pytest.raises(QuoteNotFound):
            service.get_quote(session, token=made.token)


def test_only_its_maker_sees_a_link_and_takes_it_back(database: Database) -> None:
    with database.transaction() as session:
        made = service.make_resume_link(session, owner=MINE, choice=CHOICE, key="key", secret=SECRET, now=NOW)
    with database.transaction() as session:
        with pytest.raises(ResumeLinkNotFound):
            service.revoke_resume_link(session, owner=OTHERS, link_id=made.id, now=NOW)
        with pytest.raises(ResumeLinkNotFound):
            service.get_resume_link(session, owner=OTHERS, link_id=made.id, secret=SECRET)
        assert service.list_resume_links(session, owner=OTHERS, secret=SECRET, now=NOW) == ()
        assert service.list_resume_links(session, owner=MINE, secret=SECRET, now=NOW) == (made,)
        assert service.get_resume_link(session, owner=MINE, link_id=made.id, secret="changed").token == ""
        service.revoke_resume_link(session, owner=MINE, link_id=made.id, now=NOW)
        service.revoke_resume_link(session, owner=MINE, link_id=made.id, now=NOW)
        assert service.list_resume_links(session, owner=MINE, secret=SECRET, now=NOW) == ()
        with pytest.raises(ResumeLinkEnded):
            service.open_resume_link(session, token=made.token, now=NOW)
