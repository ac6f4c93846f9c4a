"""The folder a demo keeps its data in."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import secrets
import shutil
from pathlib import Path

from tests.stack import leftovers
from tests.stack.cluster import Cluster
from tests.stack.processes import NotReady


@contextlib.contextmanager
def alone_in(folder: Path):
    """Only one demo at a time may use a folder; the lock falls with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotReady(
                f"A demo runs in {folder} already. Stop it with Ctrl-C in its own window first."
            ) from None
        yield


def forget(folder: Path) -> None:
    """Ends what a killed demo left there, and removes all but the lock."""
    leftovers.clear(folder / "children.json")
    if (folder / "postgres").exists():
        Cluster(folder / "postgres").stop()
    for each in folder.iterdir():
        if each.is_dir():
            shutil.rmtree(each)
        elif each.name != "lock":
            each.unlink()


def own_secrets(folder: Path) -> dict[str, str]:
    """Made once, so that what an earlier demo sealed still opens. What came since is added."""
    file = folder / "secrets.json"
    kept = json.loads(file.read_text()) if file.exists() else {}
    made = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ENCRYPTION_KEYS": f"demo:{_key()}",
        "AUDIT_SIGNING_KEY": _key(),
    }
    if made.keys() - kept.keys():
        kept = made | kept
        new = file.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(json.dumps(kept))
        os.replace(new, file)
    return kept


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
