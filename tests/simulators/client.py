"""Start the simulators and tell them what to do, from a test or from the demo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
VENDORS = ("fullscript", "wholescripts", "scriptrun")


class SimulatorError(Exception):
    """The control API said no, or the process did not come up."""


class Simulators:
    """The running process and its addresses: `control`, `fullscript`, `wholescripts`,
    `scriptrun`, each `http://127.0.0.1:<port>`.

        simulators = Simulators.start(site_url="http://127.0.0.1:8000")
        simulators.fault("fullscript", "status", path="/api/clinic$", params={"code": 429})
        simulators.holds("fullscript")["plans"]
        simulators.stop()
    """

    def __init__(self, origins: dict[str, str], process: subprocess.Popen | None = None):
        self.process = process
        self.control = origins["control"]
        self.fullscript = origins["fullscript"]
        self.wholescripts = origins["wholescripts"]
        self.scriptrun = origins["scriptrun"]
        self._http = requests.Session()
        # A proxy of the environment has no business between two ports of this machine.
        self._http.trust_env = False

    @classmethod
    def start(
        cls,
        *,
        ports: dict[str, int] | None = None,
        state: Path | None = None,
        mail: Path | None = None,
        seed: int = 20,
        scale: int = 1,
        site_url: str = "",
        env: dict[str, str] | None = None,
        stderr=None,
    ) -> Simulators:
        """Start the process and wait until all four servers listen. Ports default to free ones;
        `env` is added to this process's own environment."""
        command = [sys.executable, "-m", "tests.simulators", "--seed", str(seed)]
        command += ["--scale", str(scale)]
        for name, port in (ports or {}).items():
            command += [f"--{name}-port", str(port)]
        if state:
            command += ["--state", str(state)]
        if mail:
            command += ["--mail", str(mail)]
        if site_url:
            command += ["--site-url", site_url]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
        line = process.stdout.readline()
        if not line:
            raise SimulatorError(f"the simulators ended with code {process.wait()}")
        return cls(json.loads(line), process)

    @classmethod
    def at(cls, control: str) -> Simulators:
        """Those that run already, by the address of their control page."""
        answer = requests.get(f"{control}/api/origins", timeout=10)
        return cls(answer.json())

    def stop(self):
        """End the process this object started, and wait for it."""
        self._http.close()
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()

    # What tests say

    def reset(self):
        """Back to the seeded start: no faults, default knobs and config, empty logs."""
        self._call("POST", "reset")

    def fault(
        self, vendor, kind, *, path="", method="", times=1, after=0, every=1, params=None
    ) -> dict:
        """Spoil calls; kinds and params are listed in `tests.simulators.faults`."""
        fault = {"vendor": vendor, "kind": kind, "path": path, "method": method}
        fault |= {"times": times, "after": after, "every": every, "params": params or {}}
        return self._call("POST", "faults", fault)

    def faults(self) -> list[dict]:
        """Those set now, each with how many calls it has `seen` and `spoilt`."""
        return self._call("GET", "faults")["faults"]

    def clear_faults(self):
        self._call("DELETE", "faults")

    def knob(self, vendor, **values) -> dict:
        """Set knobs by name; answers all of the vendor's knobs."""
        return self._call("POST", f"knobs/{vendor}", values)

    def configure(self, vendor, **values) -> dict:
        """What the vendor's dashboard says of our app (redirect URI, secrets, rights)."""
        return self._call("POST", f"config/{vendor}", values)

    def configure_webhook(self, vendor, **values) -> dict:
        """Endpoint URL and secrets, merged into the vendor's `webhook` config."""
        return self.configure(vendor, webhook=values)

    def holds(self, vendor) -> dict:
        """Everything the vendor holds now."""
        return self._call("GET", f"state/{vendor}")

    def log(self, vendor) -> list[dict]:
        """Every call since the reset: method, path, query, status (0 = none given),
        started_at, account, body_bytes, answer_bytes, fault."""
        return self._call("GET", f"log/{vendor}")["calls"]

    def clear_log(self, vendor):
        self._call("DELETE", f"log/{vendor}")

    def mail(self) -> list[dict]:
        """E-mails the vendors would have sent."""
        return self._call("GET", "mail")["mail"]

    def now(self) -> str:
        """The vendors' clock, ISO-8601 UTC."""
        return self._call("GET", "clock")["now"]

    def advance(self, seconds) -> str:
        """Move the vendors' clock; answers what it says then."""
        return self._call("POST", "clock", {"advance": seconds})["now"]

    def set_clock(self, moment) -> str:
        """Set it to an aware datetime or an ISO string."""
        text = moment if isinstance(moment, str) else moment.isoformat()
        return self._call("POST", "clock", {"set": text})["now"]

    def hangs(self) -> int:
        """How many calls a `hang` fault holds now."""
        return self._call("GET", "hangs")["count"]

    def release(self) -> int:
        """Let them go; answers how many there were."""
        return self._call("POST", "release")["released"]

    def act(self, action, **fields) -> dict:
        """Have a vendor do something: `act("scriptrun/deliver", package_id=...)`."""
        return self._call("POST", action, fields)

    def _call(self, method, path, body=None):
        answer = self._http.request(method, f"{self.control}/api/{path}", json=body, timeout=70)
        if not answer.ok:
            raise SimulatorError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json()
