"""Goal W4: the secret is rolled while events come in; none is refused, and none that is signed with
a retired one is taken.

What the operator does (docs/deploy.md): the site learns the new key beside the old, Fullscript
rolls its own, the site forgets the old one. Each step starts new web processes beside the old.
"""

import itertools
import threading
import time
from collections import Counter

import pytest
import requests

from practice.vendors.contract import Verdict
from tests.hooks.posting import HOOK, receipts, signed, told
from tests.simulators.fullscript.app import WEBHOOK_KEY as OLD
from tests.simulators.fullscript.webhooks import payload
from tests.stack import processes
from tests.stack.ports import listen

NEW = "the-key-that-fullscript-rolled-to"
THREADS = 4


class Vendor:
    """Posts event after event, each over a connection of its own, signed with `key`."""

    def __init__(self, url):
        self.url, self.key = url, OLD
        self.answers, self.slowest = Counter(), 0.0
        self._numbers, self._ended = itertools.count(), threading.Event()
        self._threads = [threading.Thread(target=self._post) for _ in range(THREADS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc):
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _post(self):
        while not self._ended.is_set():
            began = time.monotonic()
            self.answers[send(self.url, f"ev-{next(self._numbers)}", self.key)] += 1
            self.slowest = max(self.slowest, time.monotonic() - began)
            time.sleep(0.02)


def send(url, event_id, key) -> int | str:
    body = payload(told(event_id), "event_payload", "")
    headers = {"Content-Type": "application/json"}
    headers["Fullscript-Signature"] = signed(body, key, time.time())
    with requests.Session() as alone:
        alone.trust_env = False
        try:
            return alone.post(url + HOOK, body, headers=headers, timeout=10).status_code
        except requests.RequestException as error:
            return type(error).__name__


@pytest.fixture
def deploy(ground, committed_db):
    """Starts web processes that know `keys` on the one address, then ends those before."""
    socket, running = listen(0), []

    def start(*keys):
        env = {**ground.environment, "FULLSCRIPT_WEBHOOK_KEYS": ",".join(keys)}
        log = ground.scratch / f"rotated-{len(keys)}-{time.monotonic()}.log"
        before = list(running)
        running.append(processes.web(socket, log=log, env=env, workers=1).start())
        running[-1].wait_ready()
        for process in before:
            process.stop()
            running.remove(process)
        return f"http://127.0.0.1:{socket.getsockname()[1]}"

    yield start
    for process in running:
        process.stop()
    socket.close()


@pytest.mark.parametrize("seconds", [0.5, pytest.param(20, marks=pytest.mark.soak)])
def test_a_key_rolled_under_load_refuses_nothing_and_takes_nothing_old(deploy, capsys, seconds):
    with Vendor(deploy(OLD)) as vendor:
        time.sleep(seconds)
        deploy(NEW, OLD)
        time.sleep(seconds)
        vendor.key = NEW
        time.sleep(seconds)
        deploy(NEW)
        time.sleep(seconds)
    late = Counter(send(vendor.url, f"late-{number}", OLD) for number in range(20))
    found = receipts()
    taken = {row.event_id for row in found if row.verdict == Verdict.GENUINE}
    with capsys.disabled():
        print(
            f"\nW4: {vendor.answers.total()} events, {dict(vendor.answers)}, slowest "
            f"{vendor.slowest:.2f} s; 20 signed with the retired key: {dict(late)}"
        )
    assert set(vendor.answers) == {200}
    assert len(taken) == vendor.answers.total()
    assert not any(event_id.startswith("late-") for event_id in taken)
    assert 200 not in late
