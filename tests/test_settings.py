"""The production settings, in a process of their own and with nothing but their variables."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPLETE = {
    "SECRET_KEY": "made-up-" * 8,
    "ALLOWED_HOSTS": "regimen.example",
    "SITE_URL": "https://regimen.example",
    "DATABASE_URL": "postgres://regimen_app:pass%2Fword@database/regimen",
    "REDIS_URL": "redis://valkey:6379/0",
    "EMAIL_URL": "smtp+tls://user:made-up@mail.example:587",
    "ENCRYPTION_KEYS": "k1:" + base64.b64encode(bytes(32)).decode(),
    "AUDIT_SIGNING_KEY": base64.b64encode(bytes(32)).decode(),
    "FULLSCRIPT_CLIENT_ID": "made-up",
    "FULLSCRIPT_CLIENT_SECRET": "made-up",
    "FULLSCRIPT_PUBLIC_KEY": "made-up",
    "FULLSCRIPT_WEBHOOK_CHALLENGE": "made-up",
    "FULLSCRIPT_WEBHOOK_KEYS": "made-up",
    "WHOLESCRIPTS_BASE_URL": "https://wholescripts.example/api/EMR",
    "WHOLESCRIPTS_USERNAME": "made-up",
    "WHOLESCRIPTS_PASSWORD": "made-up",
}
SHOW_DATABASES = """
import json
from config import settings
kept = ("USER", "PASSWORD", "HOST", "NAME")
print(json.dumps({n: [d[k] for k in kept] for n, d in settings.DATABASES.items()}))
"""


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
    )


def databases(**environment: str) -> dict[str, list[str]]:
    return json.loads(run("-c", SHOW_DATABASES, **COMPLETE | environment).stdout)


def test_a_complete_environment_is_ready_to_deploy():
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **COMPLETE)
    assert done.returncode == 0, done.stderr


def test_an_empty_environment_is_told_all_that_is_missing():
    done = run("manage.py", "check", SECRET_KEY=COMPLETE["SECRET_KEY"])
    assert done.returncode != 0
    missing = set(COMPLETE) - {"SECRET_KEY", "DATABASE_URL", "EMAIL_URL"}
    assert {name for name in missing if f"{name} is not set." in done.stderr} == missing


def test_the_owners_role_exists_only_where_its_address_is_given():
    assert set(databases()) == {"default"}
    given = databases(MIGRATION_DATABASE_URL="postgres://regimen_owner:x@database/regimen")
    assert given["owner"] == ["regimen_owner", "x", "database", "regimen"]


def test_a_password_may_hold_any_character():
    assert databases()["default"] == ["regimen_app", "pass/word", "database", "regimen"]


def test_a_sockets_folder_keeps_its_capitals_and_spaces():
    found = databases(DATABASE_URL="postgres://regimen_app@//srv/A%20Clinic/postgres/regimen")
    assert found["default"][2:] == ["/srv/A Clinic/postgres", "regimen"]


def test_static_files_are_collected_without_any_variable(tmp_path):
    """As the Dockerfile does while it builds."""
    done = run("manage.py", "collectstatic", "--no-input", STATIC_ROOT=str(tmp_path / "static"))
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "static" / "fullscript").iterdir())
