"""A shop ready to be visited: the demo world and one imported model, published once and copied for each test."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

from flask.testing import FlaskClient

from catalog import service as catalog
from scheduling import service as scheduling
from web.database import Database

DEMO = Path(__file__).resolve().parents[2] / "catalog" / "demo"
OPENED_AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
WINDOW = {"width": "1230", "height": "1480", "profile": "PVC82", "glass": "3-4/14/4/14/4", "spacer": "warm",
          "opening": "tilt_turn"}
CAR = "features\n    Car\n        mandatory\n            Body\n        optional\n" + "".join(
    f"            Extra_{number}\n" for number in range(90)) + "constraints\n    Extra_1 => Extra_2\n"


def open_shop(path: Path, template: Path) -> Path:
    """Publish the demo catalog, its plants and an imported model into a copy of an empty database."""
    shutil.copy(template, path)
    database = Database(f"sqlite:///{path}")
    with database.transaction() as session:
        catalog.publish_catalog(session, path=DEMO, now=OPENED_AT)
        scheduling.publish_network(session, network=catalog.get_network(session), now=OPENED_AT)
        catalog.publish_product(session, source=CAR.encode(), format="uvl", now=OPENED_AT, name="car")
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


def address(product: str, choices: dict[str, str] | None = None, **view: str) -> str:
    """The configurator's address of some choices."""
    return f"/shop/{product}?" + urlencode({**(choices or {}), **{f".{name}": value for name, value in view.items()}})


def field_of(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{re.escape(name)}"[^>]*?value="([^"]*)"', page)
    assert found is not None, f"no field {name}"
    return found.group(1)


def without_keys(page: str) -> str:
    """The page without what is another each time: the tokens and keys of its forms."""
    return re.sub(r'(name="(?:csrf_token|idempotency_key)"[^>]*?value=)"[^"]*"', r'\1""', page)


def ask_for_quote(client: FlaskClient, choices: dict[str, str] | None = None, product: str = "window",
                  **changes: str) -> str:
    """Ask for a quote as a person would; give the address of its page."""
    where = f"/quote/{product}?" + urlencode(WINDOW if choices is None else choices)
    page = client.get(where).text
    entries = {"csrf_token": field_of(page, "csrf_token"), "idempotency_key": field_of(page, "idempotency_key"),
               "customer_name": "Jiangnan Living 江南宜居", "customer_email": "buy@example.org", "quantity": "2",
               "destination": "SZ", "alternative": "", "reference": ""} | changes
    answer = client.post(where, data=entries)
    assert answer.status_code == 303, answer.text
    return answer.location


FILLED = {"accept": {"accepted_by": "Li Na", "agreed": "y"}, "decline": {"reason": "price"}}
"""What a person enters before pressing a button of a quote's page."""


def press(client: FlaskClient, page: str, action: str, **changes: str) -> tuple[int, str]:
    """Send one of the forms of a quote's page; give the status and the address or page that answers."""
    form = re.search(rf'<form method="post" action="([^"]*{action})"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert form is not None, f"no form {action}"
    entries = dict(re.findall(r'name="([^"]+)"[^>]*?value="([^"]*)"', form.group(2)))
    entries = {name: unescape(value) for name, value in entries.items()} | FILLED.get(action, {}) | changes
    answer = client.post(form.group(1), data=entries)
    return answer.status_code, answer.location or answer.text
