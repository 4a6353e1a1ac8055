"""The accounts of the demo, one per role. Their passwords are public: never put such a site on the net."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from web import accounts


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A login of the demo with what it is for."""

    login: str
    name: str
    role: str
    company: str | None = None


PASSWORD = "onelot-demo"  # noqa: S105  # public on purpose
ACCOUNTS = (
    DemoAccount("sales", "Lin Yue", "sales"),
    DemoAccount("planner", "Zhou Wei", "planner"),
    DemoAccount("catalog", "Chen Jing", "catalog"),
    DemoAccount("partner", "Sun Hao", "partner", "NB-WIN"),
    DemoAccount("owner", "Wang Min", "owner"),
)


def add_accounts(session: Session, *, now: datetime) -> int:
    """Make the accounts that are not there yet; give how many were made."""
    made = 0
    for account in ACCOUNTS:
        if accounts.find_user(session, login=account.login) is None:
            accounts.add_user(session, login=account.login, name=account.name, role=account.role,
                              company=account.company, password=PASSWORD, now=now)
            made += 1
    return made
