"""The catalog engineer at work in the demo world, for the tests of the pages."""

from __future__ import annotations

import io
import re
import zipfile

from flask import Flask
from werkzeug.test import TestResponse

from catalog import service as catalog
from tests.conftest import StandingClock
from tests.web.shopping import DEMO
from tests.web.signing_in import add_user, sign_in, token_of
from web.database import Database
from web.jobs.runner import JobRunner

LESS = ("products/window/product.yaml", "base_price: 380", "base_price: 377")
NEW_RULE = ("\n- code: turn_warranty\n  when: opening = turn\n  requires: warranty = '2y'\n"
            "  reason: {en: Turn windows have two years., zh: 平开窗保修两年。}\n")


class Desk:
    """The demo world with the catalog engineer signed in, and a worker that runs when it is told to."""

    def __init__(self, app: Flask, clock: StandingClock) -> None:
        self.app, self.clock = app, clock
        self.database: Database = app.extensions["onelot_database"]
        self.runner: JobRunner = app.extensions["onelot_background"].runner
        self.client = app.test_client()
        add_user(app, "jing", "catalog")
        assert sign_in(self.client, "jing") == 303
        self.token = token_of(self.client, "/catalog/")

    def page(self, where: str, **options: object) -> str:
        answer = self.client.get(where, **options)
        assert answer.status_code == 200, (where, answer.status_code, answer.text[:500])
        return answer.text

    def send(self, where: str, name: str, content: bytes, **fields: str) -> TestResponse:
        return self.client.post(where, data={"csrf_token": self.token, "file": (io.BytesIO(content), name), **fields},
                                content_type="multipart/form-data")

    def press(self, where: str, **fields: str) -> TestResponse:
        return self.client.post(where, data={"csrf_token": self.token, **fields})

    def send_change(self, *changes: tuple[str, str, str], rules: str = "") -> str:
        """Send the demo catalog with changed texts; give the address of the upload."""
        answer = self.send("/catalog/uploads", "change.zip", demo(*changes, rules=rules))
        assert answer.status_code == 303, answer.text
        return answer.location

    def shown(self, upload: str) -> dict[str, str]:
        """What the button to publish an upload would send; empty without a button."""
        found = re.search(rf'action="{upload}/publish">(.*?)</form>', self.page(upload), re.DOTALL)
        fields = re.findall(r'name="(\w+)" value="([^"]*)"', found.group(1)) if found is not None else []
        return {name: value for name, value in fields if name != "csrf_token"}

    def publish(self, upload: str) -> TestResponse:
        """Press the button to publish an upload."""
        fields = self.shown(upload)
        assert fields, "nothing to publish"
        return self.press(f"{upload}/publish", **fields)

    def version(self, number: int, code: str = "window") -> str:
        """The address of a version's page."""
        with self.database.reading() as session:
            records = catalog.list_records(session, product_code=code)
        return next(f"/catalog/versions/{item.content_hash}" for item in records if item.number == number)

    def serving(self, code: str = "window") -> int:
        with self.database.reading() as session:
            return catalog.get_newest(session, product_code=code).number


def demo(*changes: tuple[str, str, str], rules: str = "") -> bytes:
    """Zip the demo catalog with some texts changed: path, before, after."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(DEMO.rglob("*")):
            name = path.relative_to(DEMO).as_posix()
            if path.suffix not in {".yaml", ".csv"}:
                continue
            text = path.read_text(encoding="utf-8")
            for where, before, after in changes:
                if where == name:
                    assert before in text
                    text = text.replace(before, after, 1)
            if rules and name == "products/window/rules.yaml":
                text = text.rstrip("\n") + rules
            archive.writestr(f"demo/{name}", text)
    return target.getvalue()
