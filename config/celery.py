"""The Celery application. Tasks are nudges: losing all of them loses nothing."""

import os

from celery import Celery

from config import start  # noqa: F401 (checks before a worker or beat starts)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("regimen")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
