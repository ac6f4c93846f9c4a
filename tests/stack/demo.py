"""`make demo`: the whole product on this machine, with simulated vendors.

Starts PostgreSQL, Valkey, the simulators, web, worker and beat, says when each is ready
and what to try, and stops them all on Ctrl-C. Data stays in `.demo/`.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.simulators.client import Simulators
from tests.simulators.fullscript import app as fullscript
from tests.stack import leftovers, people, processes
from tests.stack.environment import OF_SIMULATORS, of_services, of_vendors
from tests.stack.ports import free_port
from tests.stack.services import Postgres, Valkey

ROOT = Path(__file__).resolve().parents[2]
MAX_RESTARTS = 5


class Demo:
    def __init__(self, folder: Path, port: int):
        self.folder = folder
        self.wanted_port = port
        self.stopping = threading.Event()
        self.started = []  # what to stop, in the order it was started
        self.children: list[processes.Process] = []

    def run(self) -> int:
        signal.signal(signal.SIGTERM, lambda *_: self.stopping.set())
        signal.signal(signal.SIGINT, lambda *_: self.stopping.set())
        try:
            self.start()
            if not self.stopping.is_set():
                self.say_what_to_try()
                self.watch()
        except processes.NotReady as error:
            print(f"\n{error}\n", file=sys.stderr)
            return 1
        finally:
            self.stop()
        return 0

    def start(self):
        self.folder.mkdir(exist_ok=True)
        self.children_file = self.folder / "children.json"
        left = leftovers.clear(self.children_file)
        if left:
            print(f"Ended {left} processes of a demo that was killed.")
        postgres = self.step("PostgreSQL", lambda: Postgres(self.folder / "postgres"))
        postgres.create("regimen")
        valkey = self.step("Valkey", lambda: Valkey(self.folder / "valkey"))
        self.port = free_port(self.wanted_port)
        self.site = f"http://localhost:{self.port}"
        mail = self.folder / "mail"
        mail.mkdir(exist_ok=True)
        self.simulators = self.step("simulators", lambda: self.simulate(mail))
        self.env = {
            **of_services(postgres.urls("regimen"), valkey.url),
            **of_vendors(self.simulators),
            **self.own_secrets(),
            "DJANGO_SETTINGS_MODULE": "config.settings_demo",
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "SITE_URL": self.site,
            "DEMO_MAIL_FOLDER": str(mail),
            "STATIC_ROOT": str(self.folder / "static"),
            # So that a person sees an unknown outcome settle while watching.
            "LOOK_UP_WAITS": "5,20,60",
            "SWEEP_SECONDS": "5",
        }
        self.manage("check")
        self.manage("migrate", "--database", "owner", "--verbosity", "0")
        self.manage("collectstatic", "--no-input", "--verbosity", "0")
        self.manage("seed_demo", "--all-practices")
        logs = self.folder / "logs"
        for child in (
            processes.web(self.port, log=logs / "web.log", env=self.env),
            processes.worker(log=logs / "worker.log", env=self.env),
            processes.beat(log=logs / "beat.log", env=self.env, schedule=self.folder / "beat"),
        ):
            self.children.append(child.start())
            self.started.append((child.name, child))
            self.note_children()
            self.step(child.name, child.wait_ready)

    def step(self, name, make):
        began = time.monotonic()
        made = make()
        if (name, made) not in self.started:
            self.started.append((name, made))
        print(f"  ready  {name:<12} {time.monotonic() - began:5.1f} s", flush=True)
        return made

    def simulate(self, mail: Path) -> Simulators:
        ports = {"control": 8100, "fullscript": 8101, "wholescripts": 8102, "scriptrun": 8103}
        simulators = Simulators.start(
            ports={name: free_port(port) for name, port in ports.items()},
            state=self.folder / "simulators.json",
            mail=mail,
            site_url=self.site,
            env=OF_SIMULATORS,
        )
        # A state kept from an earlier start may remember another port of ours.
        simulators.configure(
            "fullscript",
            redirect_uri=self.site + fullscript.REDIRECT_PATH,
            origins=[self.site],
            webhook={"url": self.site + fullscript.WEBHOOK_PATH},
        )
        return simulators

    def own_secrets(self) -> dict[str, str]:
        """Made once, so that what an earlier demo sealed still opens."""
        file = self.folder / "secrets.json"
        if not file.exists():
            key = base64.b64encode(secrets.token_bytes(32)).decode()
            made = {"SECRET_KEY": secrets.token_urlsafe(50), "ENCRYPTION_KEYS": f"demo:{key}"}
            file.touch(mode=0o600)
            file.write_text(json.dumps(made))
        return json.loads(file.read_text())

    def manage(self, *arguments):
        self.python("manage.py", *arguments)

    def python(self, *arguments):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, **self.env},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise processes.NotReady(f"{' '.join(arguments)}:\n{done.stdout}{done.stderr}")

    def note_children(self):
        pids = [child.pid for child in self.children if child.is_running]
        leftovers.note(self.children_file, [*pids, self.simulators.process.pid])

    def watch(self):
        """Starts again what ended by itself, a few times; then gives up and says why."""
        restarts = 0
        while not self.stopping.wait(1):
            for child in self.children:
                if child.is_running:
                    continue
                restarts += 1
                if restarts > MAX_RESTARTS:
                    raise processes.NotReady(f"{child.name} keeps ending:\n{child.last_lines()}")
                print(f"  {child.name} ended; starting it again", flush=True)
                child.start().wait_ready()
                self.note_children()

    def stop(self):
        print("\nStopping …", flush=True)
        for _, started in reversed(self.started):
            started.stop()
        if hasattr(self, "children_file"):
            self.children_file.unlink(missing_ok=True)

    def say_what_to_try(self):
        moved = f" (port {self.wanted_port} is busy)" if self.port != self.wanted_port else ""
        print(f"\nRegimen is ready: {self.site}{moved}")
        print(f"Vendors, mail and faults: {self.simulators.control}\n")
        print(people.table())
        print(
            f"""
What to try
  1  Sign in as {people.FIRST.email}.
  2  Connections: connect Fullscript and WholeScripts on their own pages.
  3  Catalogue: watch it fill, then search, for example "magnesium".
  4  Patients: open one and start a plan; add products, set doses, make a pack.
  5  Review, sign and send; activate the Fullscript part in its frame.
  6  Print the regimen sheet; book the courier.
  7  On the vendors' page press "Delivered" and look at the patient's timeline.

Ctrl-C stops everything. Data stays in .demo/; make demo FRESH=1 starts over.""",
            flush=True,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / ".demo")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--fresh", action="store_true", help="forget all data first")
    options = parser.parse_args()
    if options.fresh and options.folder.exists():
        leftovers.clear(options.folder / "children.json")
        if (options.folder / "postgres" / "PG_VERSION").exists():
            Postgres(options.folder / "postgres").stop()
        shutil.rmtree(options.folder)
    print("Starting Regimen with simulated vendors", flush=True)
    return Demo(options.folder, options.port).run()


if __name__ == "__main__":
    sys.exit(main())
