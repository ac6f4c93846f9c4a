"""Every process makes the system checks before it does anything, as `manage.py` does."""

import sys

import django
from celery.signals import beat_init, worker_init
from django.core import checks
from django.core.exceptions import ImproperlyConfigured


def or_stop() -> None:
    """Raises ImproperlyConfigured, naming all that is wrong or missing."""
    found = checks.run_checks(databases=["default"])
    errors = [error for error in found if error.is_serious() and not error.is_silenced()]
    if errors:
        named = "\n".join(f"  {error.id}: {error.msg}" for error in errors)
        raise ImproperlyConfigured(f"Regimen does not start:\n{named}")


@worker_init.connect
@beat_init.connect
def _worker_or_beat(**kwargs) -> None:
    """Celery goes on after an error in here, but not after an exit."""
    django.setup()
    try:
        or_stop()
    except ImproperlyConfigured as wrong:
        sys.__stderr__.write(f"{wrong}\n")  # Celery has taken the other for its log
        sys.__stderr__.flush()
        raise SystemExit(1)
