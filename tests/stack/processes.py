"""Child processes of the demo and of the tests that need a real second process."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import requests

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 10


class NotReady(Exception):
    """A process ended, or said nothing of being ready in time. `str()` has its last lines."""


class Process:
    """One child whose output goes to a log file. `ready` is a pattern in that output, or an
    address that answers. It runs in `folder` and has what `sockets` listen on."""

    def __init__(
        self,
        name: str,
        command: list[str],
        *,
        log: Path,
        ready: str,
        env: dict[str, str],
        folder: Path = ROOT,
        sockets: tuple[int, ...] = (),
    ):
        self.name = name
        self.command = command
        self.log = log
        self.ready = ready
        self.env = env
        self.folder = folder
        self.sockets = sockets
        self.child: subprocess.Popen | None = None

    def start(self) -> Process:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as output:
            self.child = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env={**os.environ, **self.env},
                pass_fds=self.sockets,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def wait_ready(self, seconds: float = 60) -> Process:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.answers():
                return self
            if self.child.poll() is not None:
                break
            time.sleep(0.05)
        raise NotReady(f"{self.name} is not ready:\n{self.last_lines()}")

    def answers(self) -> bool:
        if not self.ready.startswith("http"):
            return re.search(self.ready, self.log.read_text(errors="replace")) is not None
        with requests.Session() as session:
            # A proxy of the environment has no business on this machine's loopback.
            session.trust_env = False
            try:
                return session.get(self.ready, timeout=5).ok
            except requests.RequestException:
                return False

    def last_lines(self, count: int = 20) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    @property
    def pid(self) -> int:
        return self.child.pid

    @property
    def is_running(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def ask_to_end(self) -> None:
        """TERM, without waiting: several can then end at the same time."""
        if self.is_running:
            self.child.terminate()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """TERM, and KILL for what is left after so long."""
        if self.child is not None:
            end(family(self.child.pid), seconds)
            self.child.wait()

    def kill(self) -> None:
        """KILL, at once, this process and all its children."""
        for member in family(self.child.pid):
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        self.child.wait()


def family(pid: int) -> list[psutil.Process]:
    """The process and its descendants, the eldest first."""
    try:
        head = psutil.Process(pid)
        return [head, *head.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def end(processes: list[psutil.Process], seconds: float = STOP_SECONDS) -> None:
    if not processes:
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        processes[0].send_signal(signal.SIGTERM)
    _, alive = psutil.wait_procs(processes[:1], timeout=seconds)
    _, left = psutil.wait_procs(processes[1:], timeout=1)
    for process in [*alive, *left]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def web(where: int | socket.socket, *, log: Path, env: dict[str, str], workers: int = 2) -> Process:
    """The site on a loopback port, or on a socket that listens already."""
    if isinstance(where, socket.socket):
        port, bind, sockets = where.getsockname()[1], f"fd://{where.fileno()}", (where.fileno(),)
    else:
        port, bind, sockets = where, f"127.0.0.1:{where}", ()
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", bind]
    command += ["--workers", str(workers), "--worker-class", "gthread", "--threads", "4"]
    command += ["--access-logfile", os.devnull, "--no-control-socket"]
    ready = f"http://127.0.0.1:{port}/account/login/"
    return Process("web", command, log=log, ready=ready, env=env, sockets=sockets)


def worker(*, log: Path, env: dict[str, str], concurrency: int = 2) -> Process:
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--loglevel", "INFO"]
    command += ["--concurrency", str(concurrency), "--without-gossip", "--without-mingle"]
    return Process("worker", command, log=log, ready=r" ready\.", env=env)


def beat(*, log: Path, env: dict[str, str], schedule: Path) -> Process:
    command = [sys.executable, "-m", "celery", "-A", "config", "beat", "--loglevel", "INFO"]
    command += ["--schedule", str(schedule), "--pidfile="]
    return Process("beat", command, log=log, ready=r"beat: Starting", env=env)
