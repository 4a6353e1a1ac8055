"""The Flask application with its edge: strict input, one unit of work a request, retries of lost races."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from flask import Flask, Response, g, request, session
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError

from catalog.database import writing
from web.database import close_session, get_database, is_transient
from web.strict_json import loads_strictly

logger = logging.getLogger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
ATTEMPTS = 3


class StrictJSON(DefaultJSONProvider):
    """JSON without NaN, duplicate keys, lone surrogates or bottomless nesting."""

    ensure_ascii = False
    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:  # Any: as Flask declares it
        """Parse JSON; raise ValueError for what a careful client never sends."""
        return loads_strictly(s)


class Application(Flask):
    """Flask whose requests each are one unit of work.

    The view runs, then the edge commits once: answers below 400 are kept, everything else is rolled
    back before the refusal is shown. A lost race with another transaction is tried again.
    """

    json_provider_class = StrictJSON

    def full_dispatch_request(self) -> Response:
        """Run the request, holding the writing mark when it may change something."""
        with ExitStack() as stack:
            if self._may_write():
                stack.enter_context(writing())
            return super().full_dispatch_request()

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view and commit what it did; run it again when another transaction got in between."""
        for attempt in range(1, ATTEMPTS + 1):
            kept_cookie = dict(session)
            try:
                response = self.make_response(super().dispatch_request())
                self._settle(response)
            except DBAPIError as error:
                close_session()
                if attempt == ATTEMPTS or not is_transient(error):
                    raise
                logger.info("request is tried again after a lost race: %s", type(error.orig).__name__)
                session.clear()
                session.update(kept_cookie)
                time.sleep(0.02 * attempt)
            except BaseException:
                close_session()
                raise
            else:
                return response
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _may_write(self) -> bool:
        if request.method not in SAFE_METHODS:
            return True
        view: Callable[..., object] | None = self.view_functions.get(request.endpoint or "")
        return getattr(view, "onelot_writes", False)

    def _settle(self, response: Response) -> None:
        if "onelot_session" not in g:
            return
        is_kept = response.status_code < 400 or g.get("onelot_keeps_changes", False)
        if is_kept and self._may_write():
            get_database().commit(g.onelot_session)
        else:
            g.onelot_session.rollback()
