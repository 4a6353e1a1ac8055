"""One order through the whole chain, by the site's own pages, each step told with its figures."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from catalog.money import Money
from configurator import service as configurator
from configurator.explosion import explode
from configurator.view import ConfigurationView
from ordering import service as ordering
from web.database import Database
from web.demo.people import PASSWORD
from web.settings import Settings

CHOICES = {"width": "1230", "height": "1480", "profile": "PVC82", "glass": "3-4/14/4/14/4", "spacer": "warm",
           "opening": "tilt_turn"}
PRODUCT = "window"
CUSTOMER = {"customer_name": "Family Lu", "customer_email": "lu@example.com", "reference": "Kitchen",
            "quantity": "1", "destination": "SZ", "alternative": ""}
ACCEPTANCE = {"accepted_by": "Lu Min", "agreed": "y", "reference": "Kitchen"}
HIDDEN_FIELD = re.compile(r'<input[^>]*type="hidden"[^>]*>')
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')


class WalkFailed(RuntimeError):
    """A page of the walk did not answer as it must."""


class Walk:
    """A customer and a planner going through the site.

    Parameters
    ----------
    app
        With the demo world in its database.
    folder
        Where the documents are written.
    tell
        Takes each line of the story.
    """

    def __init__(self, app: Flask, folder: Path, tell: Callable[[str], None]) -> None:
        self._app = app
        self._settings: Settings = app.extensions["onelot_settings"]
        self._database: Database = app.extensions["onelot_database"]
        self._now: Callable[[], datetime] = app.extensions["onelot_clock"]
        self._folder = folder
        self._tell = tell
        self._client = app.test_client()
        self._address = f"/shop/{PRODUCT}?{urlencode(CHOICES)}"

    def go(self) -> str:
        """Go from the first choice to the printed traveller.

        Returns
        -------
        str
            The number of the order.

        Raises
        ------
        WalkFailed
            A page did not answer as it must.
        """
        self._configure()
        token = self._ask_for_quote()
        order_number = self._accept(token)
        self._make(order_number)
        return order_number

    def _configure(self) -> None:
        started = time.perf_counter()
        self._get(self._client, self._address)
        milliseconds = (time.perf_counter() - started) * 1000
        with self._database.reading() as session:
            view = configurator.configure(session, product_code=PRODUCT, choices=CHOICES, on=self._now().date(),
                                          cache_directory=self._settings.cache_directory)
            if view.price is None or not view.is_complete:
                raise WalkFailed("the window cannot be configured")
            shown = ", ".join(f"{value.title.in_language('en')} {value.rounded} {value.unit}".strip()
                              for value in view.shown)
            self._tell(f"configure   {CHOICES['width']} × {CHOICES['height']} mm, {CHOICES['profile']}, "
                       f"{CHOICES['glass']}, {CHOICES['spacer']}, {CHOICES['opening']}")
            self._tell(f"            {shown}; {view.count:,} configurations left; page in {milliseconds:.0f} ms")
            self._tell(f"price       {_amount(view.price.unit_total)} net; "
                       f"material {view.material_co2_grams / 1000:.1f} kg CO2e")
            if view.whole is not None:
                steps = explode(view.version.definition, view.whole).operations
                self._tell("routing     " + ", ".join(f"{step.code} {float(step.minutes):.1f} min" for step in steps))
            self._promise(session, view)

    def _promise(self, session: Session, view: ConfigurationView) -> None:
        preview = ordering.preview(session, view=view, quantity=1, destination=CUSTOMER["destination"],
                                   now=self._now())
        for name, offer in (("fastest", preview.fastest), ("cheapest", preview.cheapest),
                            ("greenest", preview.greenest)):
            if offer is not None:
                self._tell(f"promise     {name:9} {offer.promised_on}  {_amount(offer.totals.net)} net  "
                           f"{offer.co2_grams / 1000:.1f} kg CO2e  {' '.join(offer.sites)}")

    def _ask_for_quote(self) -> str:
        address = f"/quote/{PRODUCT}?{urlencode(CHOICES)}"
        form = self._hidden_fields(self._get(self._client, address).text)
        answer = self._post(self._client, address, form | CUSTOMER)
        token = urlsplit(answer.location).path.rsplit("/", 1)[-1]
        with self._database.reading() as session:
            quote = ordering.get_quote(session, token=token)
            self._tell(f"quote       {quote.number} revision {quote.revision}: {_amount(quote.gross)} with tax")
            self._tell(f"            promised for {quote.promised_on}, capacity held until "
                       f"{quote.valid_until:%Y-%m-%d %H:%M} UTC")
        path = self._save(self._get(self._client, f"/quotes/{token}/quote.pdf"), f"quote-{quote.number}.pdf")
        self._tell(f"quote PDF   {path} ({path.stat().st_size:,} bytes)")
        return token

    def _accept(self, token: str) -> str:
        page = self._get(self._client, f"/quotes/{token}").text
        started = page.find(f'action="/quotes/{token}/accept"')
        form = self._hidden_fields(page[started:page.find("</form>", started)]) | ACCEPTANCE
        self._post(self._client, f"/quotes/{token}/accept", form)
        self._post(self._client, f"/quotes/{token}/accept", form)  # the same click again orders nothing twice
        self._get(self._client, f"/orders/{token}")
        with self._database.reading() as session:
            order = ordering.get_order_by_link(session, token=token)
        self._tell(f"order       {order.number} ({order.state.value}), promised for {order.promised_on}")
        return order.number

    def _make(self, order_number: str) -> None:
        planner = self._app.test_client()
        form = self._hidden_fields(self._get(planner, "/account/sign-in").text)
        self._post(planner, "/account/sign-in", form | {"login": "planner", "password": PASSWORD})
        self._get(planner, "/planning/")
        with self._database.reading() as session:
            order = ordering.get_order(session, number=order_number)
        for work_order in order.work_orders:
            minutes = ", ".join(f"{job.operation} {float(job.standard_minutes):.1f} min on {job.unit_code}"
                                for job in work_order.job_orders)
            self._tell(f"work order  {work_order.number}: {minutes}")
            answer = self._get(planner, f"/planning/work-orders/{work_order.number}.pdf")
            path = self._save(answer, f"work-order-{work_order.number}.pdf")
            self._tell(f"traveller   {path} ({path.stat().st_size:,} bytes)")

    def _get(self, client: FlaskClient, address: str) -> TestResponse:
        return self._checked(client.get(address), address, 200)

    def _post(self, client: FlaskClient, address: str, form: Mapping[str, str]) -> TestResponse:
        return self._checked(client.post(address, data=dict(form)), address, 303)

    @staticmethod
    def _checked(answer: TestResponse, address: str, status: int) -> TestResponse:
        if answer.status_code != status:
            raise WalkFailed(f"{address} answered {answer.status_code} instead of {status}")
        return answer

    def _save(self, answer: TestResponse, name: str) -> Path:
        if not answer.data.startswith(b"%PDF-"):
            raise WalkFailed(f"{name} is no PDF")
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / name
        path.write_bytes(answer.data)
        return path

    @staticmethod
    def _hidden_fields(page: str) -> dict[str, str]:
        fields = (dict(ATTRIBUTE.findall(tag)) for tag in HIDDEN_FIELD.findall(page))
        return {field["name"]: html.unescape(field.get("value", "")) for field in fields if "name" in field}


def _amount(money: Money) -> str:
    return f"{money.to_decimal():,.2f} {money.currency}"
