"""The door for WSGI servers: ``waitress-serve wsgi:app``, ``gunicorn wsgi:app``."""

from web.factory import create_app

app = create_app()
