"""The door for WSGI servers: ``waitress-serve wsgi:app``, ``gunicorn wsgi:app``."""

from web.factory import create_app
from web.usage import get_usage
from web.warming import warm_in_background

app = create_app()
warm_in_background()
get_usage(app).start()
