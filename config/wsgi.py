"""WSGI entry point, served by gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

from config import start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
start.or_stop()
