"""`make demo`: the whole product on this machine, with simulated vendors.

Starts PostgreSQL, Valkey, the simulators, web, worker and beat, says when each is ready
and what to try, and stops them all on Ctrl-C. Data stays in `.demo/`.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.simulators.client import SimulatorError, Simulators
from tests.simulators.fullscript import app as fullscript
from tests.stack import leftovers, people, place, processes
from tests.stack.environment import OF_SIMULATORS, of_services, of_vendors
from tests.stack.ports import free_port, listen
from tests.stack.services import Postgres, Valkey

ROOT = Path(__file__).resolve().parents[2]
MAX_RESTARTS = 5
VENDORS = ("control", "fullscript", "wholescripts", "scriptrun")


class Stopped(Exception):
    """Somebody pressed Ctrl-C while it was starting."""


class Demo:
    def __init__(self, folder: Path, port: int, simulators_port: int = 8100):
        self.folder = folder
        self.children_file = folder / "children.json"
        self.wanted_port = port
        self.simulators_port = simulators_port
        self.listener = None
        self.stopping = threading.Event()
        self.started = []  # what to stop, in the order it was started
        self.children: list[processes.Process] = []

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopping.set())
        try:
            self.start()
            self.say_what_to_try()
            self.watch()
        except (Stopped, BrokenPipeError):
            pass
        except processes.NotReady as error:
            print(f"\n{error}\n", file=sys.stderr)
            return 1
        finally:
            self.stop()
        return 0

    def start(self):
        left = leftovers.clear(self.children_file)
        if left:
            print(f"Ended {left} processes of a demo that was killed.", flush=True)
        postgres = self.step("PostgreSQL", lambda: Postgres(self.folder / "postgres"))
        postgres.create("regimen")
        valkey = self.step("Valkey", lambda: Valkey(self.folder / "valkey"))
        # Held from here on, so that no other demo takes it meanwhile.
        self.listener = listen(self.wanted_port)
        self.port = self.listener.getsockname()[1]
        self.site = f"http://localhost:{self.port}"
        mail = self.folder / "mail"
        mail.mkdir(exist_ok=True)
        self.simulators = self.step("simulators", lambda: self.simulate(mail))
        self.env = {
            **of_services(postgres.urls("regimen"), valkey.url),
            **of_vendors(self.simulators),
            **place.own_secrets(self.folder),
            "DJANGO_SETTINGS_MODULE": "config.settings_demo",
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "SITE_URL": self.site,
            "DEMO_MAIL_FOLDER": str(mail),
            "STATIC_ROOT": str(self.folder / "static"),
            "AUDIT_HEADS_FILE": str(self.folder / "audit-heads"),
            # So that a person sees an unknown outcome settle while watching.
            "LOOK_UP_WAITS": "5,20,60",
            "COURIER_UNKNOWN_WAIT": "30",
            "SWEEP_SECONDS": "5",
        }
        self.step("database", lambda: self.manage("fill_demo"))
        logs = self.folder / "logs"
        self.children = [
            processes.web(self.listener, log=logs / "web.log", env=self.env),
            processes.worker(log=logs / "worker.log", env=self.env),
            processes.beat(log=logs / "beat.log", env=self.env, schedule=self.folder / "beat"),
        ]
        for child in self.children:
            self.started.append(child)
            child.start()
        leftovers.note(self.children_file)
        for child in self.children:
            self.step(child.name, child.wait_ready)

    def step(self, name, make):
        """Makes one part, notes what must not be left behind, and says how long it took."""
        if self.stopping.is_set():
            raise Stopped
        began = time.monotonic()
        made = make()
        if hasattr(made, "stop") and made not in self.children:
            self.started.append(made)
        leftovers.note(self.children_file)
        print(f"  ready  {name:<12} {time.monotonic() - began:5.1f} s", flush=True)
        return made

    def simulate(self, mail: Path) -> Simulators:
        wanted = {name: self.simulators_port + n for n, name in enumerate(VENDORS)}
        free = {name: self.simulators_port and free_port(port) for name, port in wanted.items()}
        try:
            simulators = self.simulators_on(free, mail)
        except SimulatorError:  # another demo took one of these ports meanwhile
            simulators = self.simulators_on(dict.fromkeys(VENDORS, 0), mail)
        # A state kept from an earlier start may remember another port of ours.
        simulators.configure(
            "fullscript",
            redirect_uri=self.site + fullscript.REDIRECT_PATH,
            origins=[self.site],
            webhook={"url": self.site + fullscript.WEBHOOK_PATH},
        )
        simulators.knob("wholescripts", link_to_simulator=True)
        return simulators

    def simulators_on(self, ports: dict[str, int], mail: Path) -> Simulators:
        log = self.folder / "logs" / "simulators.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("wb") as output:
            return Simulators.start(
                ports=ports,
                state=self.folder / "simulators.json",
                mail=mail,
                site_url=self.site,
                env=OF_SIMULATORS,
                stderr=output,
            )

    def manage(self, *arguments):
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if self.stopping.is_set():
            raise Stopped
        if done.returncode:
            raise processes.NotReady(f"{' '.join(arguments)}:\n{done.stdout}{done.stderr}")

    def watch(self):
        """Starts again what ended by itself, a few times; then gives up and says why."""
        restarts = 0
        while not self.stopping.wait(1):
            if self.simulators.process.poll() is not None:
                raise processes.NotReady("The simulators ended; see logs/simulators.log.")
            for child in self.children:
                if child.is_running:
                    continue
                restarts += 1
                if restarts > MAX_RESTARTS:
                    raise processes.NotReady(f"{child.name} keeps ending:\n{child.last_lines()}")
                print(f"  {child.name} ended; starting it again", flush=True)
                child.start().wait_ready()
                leftovers.note(self.children_file)

    def stop(self):
        with contextlib.suppress(OSError):  # the terminal may be gone
            print("\nStopping …", flush=True)
        for child in self.children:
            child.ask_to_end()
        with contextlib.ExitStack() as all_of_them:  # also when one cannot be stopped
            for started in self.started:
                all_of_them.callback(started.stop)
        if self.listener:
            self.listener.close()
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
    parser.add_argument(
        "--simulators-port", type=int, default=8100, help="the first of four; 0 = any free ones"
    )
    parser.add_argument("--fresh", action="store_true", help="forget all data first")
    options = parser.parse_args()
    folder = options.folder.resolve()
    print("Starting Regimen with simulated vendors", flush=True)
    try:
        with place.alone_in(folder):
            if options.fresh:
                place.forget(folder)
            return Demo(folder, options.port, options.simulators_port).run()
    except processes.NotReady as error:
        print(error, file=sys.stderr)
    except PermissionError as error:
        print(
            f"{error.filename} belongs to another user. Remove {folder}, "
            "or choose another place: make demo ARGS='--folder …'",
            file=sys.stderr,
        )
    return 1


if __name__ == "__main__":
    sys.exit(main())
