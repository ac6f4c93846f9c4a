"""What a killed demo left running. A note of each child (pid and start time) is kept in a
file, so that the next start ends those and nothing else."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import psutil

from tests.stack.processes import end, family


def note(file: Path) -> None:
    """Notes all children that this process has now."""
    children = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            children.append([child.pid, child.create_time()])
    new = file.with_suffix(".new")
    new.write_text(json.dumps(children))
    os.replace(new, file)


def clear(file: Path) -> int:
    """Ends what the noted demo left; answers how many processes that were."""
    try:
        children = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return 0
    families = []
    for pid, created in children:
        with contextlib.suppress(psutil.NoSuchProcess):
            child = psutil.Process(pid)
            if abs(child.create_time() - created) < 1:
                families.append(family(pid))
                child.terminate()  # all at the same time; waited for below
    for each in families:
        end(each)
    file.unlink()
    return len(families)
