"""Small steps that tests of the sales desk's drafts share: start one, read its form, press its buttons."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.shopping import field_of

Fields = dict[str, str]


class _Form(HTMLParser):
    """Reads the fields of one form as a browser would send them."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.fields: Fields = {}
        self.buttons: list[str] = []
        self._id, self._depth, self._select, self._area = form_id, 0, "", ""
        self._is_first = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form" and found.get("id") == self._id:
            self._depth = 1
        if not self._depth:
            return
        name = found.get("name", "")
        if tag == "input" and name:
            self.fields[name] = found.get("value", "")
        elif tag == "select":
            self._select, self._is_first = name, True
            self.fields[name] = ""
        elif tag == "option" and self._select and ("selected" in found or self._is_first):
            self.fields[self._select], self._is_first = found.get("value", ""), False
        elif tag == "textarea":
            self._area = name
            self.fields[name] = ""
        elif tag == "button" and name == "act":
            self.buttons.append(found.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._depth = 0
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self.fields[self._area] = self.fields[self._area].replace("\r\n", "\n").removeprefix("\n")
            self._area = ""


def fields_of(page: str) -> Fields:
    """Read the editor's form."""
    reader = _Form("desk")
    reader.feed(page)
    return reader.fields


def buttons_of(page: str) -> list[str]:
    """List what the editor's buttons send."""
    reader = _Form("desk")
    reader.feed(page)
    return reader.buttons


def start(client: FlaskClient, **fields: str) -> str:
    """Start a quote; give the address of its draft."""
    page = client.get("/sales/drafts").text
    answer = client.post("/sales/drafts/new", data={
        "csrf_token": field_of(page, "csrf_token"), "key": field_of(page, "key"), **fields})
    assert answer.status_code == 303, answer.text
    return answer.location


def press(client: FlaskClient, where: str, act: str = "save", **changes: str) -> TestResponse:
    """Change fields of the editor as it is shown now, and press a button."""
    return client.post(where, data=fields_of(client.get(where).text) | changes | {"act": act})


def done(client: FlaskClient, where: str, act: str = "save", **changes: str) -> str:
    """Press a button that has to work; give the page it leads to."""
    answer = press(client, where, act, **changes)
    assert answer.status_code == 303, told(answer.text)
    return client.get(answer.location.partition("#")[0]).text


def told(page: str) -> list[str]:
    """Give what stands beside fields that are wrong."""
    return [unescape(words) for words in re.findall(r'<p class="limits" id="[^"]*-errors">([^<]*)</p>', page)]


def send_form(client: FlaskClient, where: str, **changes: str) -> TestResponse:
    """Send the form of a small page, with the hidden fields it carries."""
    page = client.get(where).text
    main = page[page.index("<main"):]
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', main))
    return client.post(where, data={name: unescape(value) for name, value in hidden.items()} | changes)
