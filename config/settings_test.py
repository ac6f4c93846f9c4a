"""Settings of the test suite. `tests.conftest` starts the services and gives their
addresses in the environment."""

from config.settings_demo import *

ENVIRONMENT_BANNER = ""
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Tests of killed workers wait for leases that are shorter than a task may take.
SILENCED_SYSTEM_CHECKS = ["regimen.E034"]
