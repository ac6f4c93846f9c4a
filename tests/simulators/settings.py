"""The simulators' own small Django project: no database, no sessions, no product code."""

from pathlib import Path

HERE = Path(__file__).parent

SECRET_KEY = "simulators-sign-nothing"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
USE_TZ = True
TIME_ZONE = "UTC"
APPEND_SLASH = False
INSTALLED_APPS = []
MIDDLEWARE = ["tests.simulators.routing.by_vendor"]
ROOT_URLCONF = "tests.simulators.placeholder"
# A batch of recommendations may be large; the simulators' own limits answer for it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 50 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = None

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": sorted(HERE.glob("*/templates")),
        "APP_DIRS": False,
    }
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "django.server": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
    },
}
