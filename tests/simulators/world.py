"""Everything the simulators hold, in one object: clock, ids, stores, knobs, faults, logs.

There is one `World` a process; views ask for it with `current()`.
"""

from __future__ import annotations

import base64
import collections
import datetime as dt
import hashlib
import json
import os
import threading
import time
import uuid
from pathlib import Path

from tests.simulators.faults import Faults
from tests.simulators.registry import CONTROL, Vendor

# A test that lists ten thousand calls still finds the first of them.
LOG_LENGTH = 50_000
SAVED_LOG_LENGTH = 500
# A state saved in another shape is left alone; counted up when a store's shape changes.
SHAPE = 2

_current: World | None = None


def current() -> World:
    if _current is None:
        raise LookupError("no world has been opened in this process")
    return _current


def use(world: World) -> World:
    global _current
    _current = world
    return world


class Clock:
    """Real UTC time plus an offset in seconds, which tests move forwards or back."""

    def __init__(self, offset: float = 0.0):
        self.offset = offset

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(time.time() + self.offset, dt.UTC)

    def advance(self, seconds: float):
        self.offset += seconds

    def set(self, moment: dt.datetime):
        self.offset = moment.timestamp() - time.time()


class World:
    """`store[vendor]`, `config[vendor]` and `knobs[vendor]` are plain JSON dicts.

    `store` is what the vendor holds, `config` what its dashboard says of our app
    (secrets, webhook addresses), `knobs` how it behaves. `seed` and `scale` choose the
    made-up catalogue (see `tests.simulators.catalogue`). A vendor's views run under
    `lock`; anything else takes it itself. `state_file` None keeps everything in memory.
    """

    def __init__(
        self,
        vendors: dict[str, Vendor],
        *,
        seed: int = 20,
        scale: int = 1,
        site_url: str = "",
        state_file: Path | None = None,
        mail_dir: Path | None = None,
    ):
        self.vendors = vendors
        self.seed = seed
        self.scale = scale
        self.site_url = site_url.rstrip("/")
        self.state_file = state_file
        self.mail_dir = mail_dir
        self.origins: dict[str, str] = {}
        self.lock = threading.RLock()
        self.clock = Clock()
        self.faults = Faults()
        # Lets a ticking thread run at once instead of at its next turn.
        self.wakers = {name: threading.Event() for name in vendors}
        self._issued: collections.Counter[str] = collections.Counter()
        self._changed = False
        self.reset()
        self.load()

    # What time is it, what is it called

    def now(self) -> dt.datetime:
        return self.clock.now()

    def new_id(self, kind: str) -> str:
        """A UUID never handed out before, the same in every run: the nth of its kind.

        The count goes on over a reset: the product may remember ids it has seen.
        """
        return self.seeded_id(f"{kind}:{self._next(kind)}")

    def new_token(self, kind: str) -> str:
        """An opaque URL-safe string of 43 characters."""
        digest = hashlib.sha256(f"{self.seed}:{kind}:{self._next(kind)}".encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def seeded_id(self, name: str) -> str:
        """The UUID that always goes with this name, for people and things of the seed."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"simulator:{self.seed}:{name}"))

    def _next(self, kind):
        with self.lock:
            self._issued[kind] += 1
            return self._issued[kind]

    # What happened

    def note(self, vendor: str, **call):
        """Add one call to the vendor's request log."""
        with self.lock:
            self.logs[vendor].append(call)

    def mail(self, vendor: str, *, to: str, subject: str, text: str):
        """Keep an e-mail the vendor would have sent; the control page shows it."""
        with self.lock:
            self.outbox.append(
                {
                    "id": self.new_id("mail"),
                    "vendor": vendor,
                    "to": to,
                    "subject": subject,
                    "text": text,
                    "sent_at": self.now().isoformat(timespec="milliseconds"),
                }
            )

    def wake(self, vendor: str):
        """Have the vendor's `tick` run now."""
        self.wakers[vendor].set()

    # Starting over, keeping

    def reset(self):
        """Back to the seeded start: real time, default knobs and config, no faults, no calls."""
        with self.lock:
            self.faults.clear()
            self.clock.offset = 0.0
            self.logs = {name: collections.deque(maxlen=LOG_LENGTH) for name in self.vendors}
            self.outbox: list[dict] = []
            self.config = {n: v.config(self.site_url) for n, v in self.vendors.items()}
            self.knobs = {
                n: {key: knob.default for key, knob in v.knobs.items()}
                for n, v in self.vendors.items()
            }
            self.store = {}
            for name, vendor in self.vendors.items():
                self.store[name] = vendor.seed(self)

    def touch(self):
        """Something changed that the next turn of the saving thread should keep."""
        self._changed = True

    def save_if_changed(self):
        if self._changed:
            self.save()

    def save(self):
        """Write the state file, whole or not at all. Does nothing without one."""
        if self.state_file is None:
            return
        with self.lock:
            self._changed = False
            state = {
                "shape": SHAPE,
                "seed": self.seed,
                "site_url": self.site_url,
                "issued": self._issued,
                "offset": self.clock.offset,
                "store": self.store,
                "config": self.config,
                "knobs": self.knobs,
                "outbox": self.outbox,
                "logs": {n: list(log)[-SAVED_LOG_LENGTH:] for n, log in self.logs.items()},
            }
            part = self.state_file.with_name(self.state_file.name + ".part")
            self.state_file.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(state), encoding="utf-8")
            os.replace(part, self.state_file)

    def load(self):
        """Take up a saved state of the same seed and shape; unknown vendors stay seeded."""
        if self.state_file is None or not self.state_file.exists():
            return
        state = json.loads(self.state_file.read_text(encoding="utf-8"))
        if (state.get("shape"), state["seed"]) != (SHAPE, self.seed):
            return
        self._issued.update(state["issued"])
        self.clock.offset = state["offset"]
        self.outbox = state["outbox"]
        for name in self.vendors:
            if not state["store"].get(name):
                continue
            self.store[name] |= state["store"][name]
            # Addresses registered for a site that has moved would lead nowhere.
            if state["site_url"] == self.site_url:
                self.config[name] |= state["config"][name]
            known = self.knobs[name].keys() & state["knobs"][name].keys()
            self.knobs[name] |= {key: state["knobs"][name][key] for key in known}
            self.logs[name].extend(state["logs"][name])

    def origin(self, vendor: str = CONTROL) -> str:
        """`http://127.0.0.1:<port>` of a vendor, or of the control page."""
        return self.origins[vendor]
