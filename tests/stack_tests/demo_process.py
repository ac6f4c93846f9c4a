"""`make demo` as a process of its own, in a folder and on ports of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import requests

ROOT = Path(__file__).resolve().parents[2]


class DemoProcess:
    def __init__(self, folder: Path, *arguments: str, is_read: bool = True):
        self.said = ""
        self.heard = threading.Condition()
        command = [sys.executable, "-m", "tests.stack.demo", "--folder", str(folder)]
        self.process = subprocess.Popen(
            [*command, "--simulators-port", "0", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self.read, daemon=True)
        if is_read:
            self.reader.start()

    def read(self):
        for line in self.process.stdout:
            with self.heard:
                self.said += line
                self.heard.notify_all()

    def wait_said(self, words: str) -> DemoProcess:
        with self.heard:
            assert self.heard.wait_for(lambda: words in self.said, timeout=90), self.said
        return self

    def wait_up(self) -> DemoProcess:
        return self.wait_said("Ctrl-C stops everything")

    def wait_ended(self) -> int:
        code = self.process.wait(30)
        self.reader.join()
        return code

    def interrupt(self) -> int:
        """Ctrl-C; answers the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.wait_ended()

    def kill(self) -> None:
        self.process.kill()
        self.wait_ended()

    @property
    def site(self) -> str:
        return re.search(r"ready: (http://\S+)", self.said)[1]

    def sign_in_page(self) -> str:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(f"{self.site}/account/login/", timeout=10).text

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


def server_of(folder: Path) -> psutil.Process:
    """The PostgreSQL of the demo in `folder`, which is no child of it."""
    return psutil.Process(int((folder / "postgres" / "postmaster.pid").read_text().split()[0]))


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return psutil.wait_procs(processes, timeout=5)[1]
