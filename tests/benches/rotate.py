"""Goal H1: 100,000 secrets sealed anew while the site reads them. `make bench-rotate`.

The command runs in a process of its own; two threads read tokens and open them all the while.
"""

import base64
import os
import resource
import subprocess
import sys
import threading
import time

from django.db import connection
from django.utils import timezone

from practice import sealing, tenancy
from practice.models import Connection
from practice.vendors.contract import Tokens
from tests.factories import MembershipFactory, PracticeFactory
from tests.stack.processes import ROOT

VALUES = 100_000
OLD, NEW = (f"{name}:{base64.b64encode(os.urandom(32)).decode()}" for name in ("k1", "k2"))


def fill(count):
    """One member with `count` / 2 connections, each with two sealed tokens."""
    with tenancy.unit(tenancy.EVERYTHING):
        membership = MembershipFactory(practice=PracticeFactory())
        pk = Connection.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        rows = []
        for n in range(1, count // 2 + 1):
            row = Connection(
                pk=pk + n,
                practice=membership.practice,
                membership=membership,
                vendor=f"v{n}",
                state="active",
            )
            row._hold(
                Tokens(f"token-{n}" * 8, f"refresh-{n}" * 8, None, frozenset()), timezone.now()
            )
            rows.append(row)
        Connection.objects.bulk_create(rows, batch_size=2000)
    return [row.pk for row in rows]


class Reader(threading.Thread):
    def __init__(self, pks, stop, start):
        super().__init__()
        self.pks, self.stop, self.at = pks, stop, start
        self.reads = self.failed = 0
        self.slowest = 0.0

    def run(self):
        while not self.stop.is_set():
            began = time.monotonic()
            self.at = (self.at + 7919) % len(self.pks)
            try:
                with tenancy.unit(tenancy.EVERYTHING):
                    Connection.objects.get(pk=self.pks[self.at]).tokens()
            except sealing.CannotOpen:
                self.failed += 1
            self.reads += 1
            self.slowest = max(self.slowest, time.monotonic() - began)
        connection.close()


def test_rotate(committed_db, settings, ground):
    settings.ENCRYPTION_KEYS = [OLD]
    pks = fill(VALUES)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    stop = threading.Event()
    readers = [Reader(pks, stop, start) for start in (0, len(pks) // 2)]
    for reader in readers:
        reader.start()
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "manage.py", "rotate_keys"],
        cwd=ROOT,
        env={**os.environ, "ENCRYPTION_KEYS": f"{NEW},{OLD}"},
        capture_output=True,
        text=True,
    )
    took = time.monotonic() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    stop.set()
    for reader in readers:
        reader.join()
    reads = sum(reader.reads for reader in readers)
    failed = sum(reader.failed for reader in readers)
    print(f"\n{done.stdout}{done.stderr}")
    busy = os.getloadavg()[0] / os.cpu_count()
    print(f"{busy:.1f} processes a core were running; the command itself computed for ", end="")
    print(f"{used.ru_utime + used.ru_stime:.1f} s.\n")
    print("| values | seconds | values/s | reads meanwhile | failed reads | slowest read |")
    print("|---:|---:|---:|---:|---:|---:|")
    slowest = max(reader.slowest for reader in readers) * 1000
    rate = VALUES / took
    print(f"| {VALUES} | {took:.1f} | {rate:.0f} | {reads} | {failed} | {slowest:.0f} ms |")
    assert failed == 0
    assert "Key k1: nothing is sealed with it" in done.stdout
