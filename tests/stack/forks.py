"""Real processes of the application that do one thing at the same moment.

Run as a program it sets Django up once, forks `count` children that wait for one another, and
prints what became of each. A child's database connections carry its process id as their name.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def start(ground, act: str, count: int, env=None, **given) -> subprocess.Popen:
    """`act` by `count` processes, each told `given` and its `turn`; `env` is added to the
    suite's environment."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.stack.forks", act, str(count), json.dumps(given)],
        cwd=ROOT,
        env={**os.environ, **ground.environment, **(env or {})},
        stdout=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen, seconds: float = 60) -> list[str]:
    """What became of each child: a word, or the name of its error; "killed" for one that was."""
    try:
        out, _ = process.communicate(timeout=seconds)
    finally:
        process.kill()
    return json.loads(out)


def call(given: dict) -> str:
    """One call as a person whose connection is named."""
    from practice import connect, tenancy
    from practice.models import Connection

    with tenancy.declare(tenancy.of_practice(given["practice"])):
        with tenancy.unit():
            connection = Connection.objects.get(pk=given["connection"])
        connect.test(connection)
    return "answered"


def ask_much(given: dict) -> str:
    """As many calls as the budget lets through, for some seconds."""
    import contextlib

    from django.conf import settings

    from practice import budget, connect
    from practice.vendors.contract import AccessRevoked, Unavailable

    settings.VENDOR_BUDGETS = given["budgets"]
    budget.ON_ITS_WAY = given["on_its_way"]
    budget.PATIENCE = given["patience"]
    client = connect.operator_client("fullscript").with_token("nobody's")
    pace = budget.background if given["background"] else contextlib.nullcontext
    held_back, until = 0, time.monotonic() + given["seconds"]
    with pace():
        while time.monotonic() < until:
            try:
                client.plan("none")
            except AccessRevoked:  # the simulator knows no such token, and counts the call
                continue
            except Unavailable as error:
                held_back += error.held_back
                time.sleep(0.05)
    return "held back" if held_back else "went through"


def sign_and_die(given: dict) -> str:
    """Signs a plan as its page does; killed when that is committed, before the broker is told."""
    from django.db import transaction
    from django.utils import timezone

    from practice import tenancy
    from practice.tasking import nudge
    from recommendations import sign, tasks
    from recommendations.models import Plan

    with tenancy.unit(tenancy.of_practice(given["practice"])):
        transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
        plan = Plan.objects.select_related("clinician").get(pk=given["plans"][given["turn"]])
        for sending in sign.queue(plan, plan.clinician, timezone.now()):
            nudge(tasks.attempt, given["practice"], sending.pk)
    return "lived"


def read_list_and_die(given: dict) -> str:
    """Reads a vendor's list; killed between the second batch of its rows and the rest."""
    from django.db import connection
    from django.utils import timezone

    from catalog import sync
    from practice import tenancy

    batches = itertools.count(1)

    def die(execute, sql, params, many, context):
        done = execute(sql, params, many, context)
        if "INSERT INTO catalog_listing " in sql and next(batches) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    with tenancy.declare(tenancy.EVERYTHING), connection.execute_wrapper(die):
        sync.run(given["run"], timezone.now())
    return "lived"


def read_list(given: dict) -> str:
    """Reads a vendor's list to its end: seconds until it was stored, seconds after that, and
    the most memory in MB."""
    import resource

    from django.db import connection
    from django.utils import timezone

    from catalog import sync
    from practice import tenancy

    began, stored = time.perf_counter(), []

    def note(execute, sql, params, many, context):
        done = execute(sql, params, many, context)
        if "INSERT INTO catalog_listing " in sql or 'UPDATE "catalog_listing" SET "seen_at"' in sql:
            stored[:] = [time.perf_counter()]
        return done

    with tenancy.declare(tenancy.EVERYTHING), connection.execute_wrapper(note):
        sync.run(given["run"], timezone.now())
    ended = time.perf_counter()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{stored[0] - began:.2f} {ended - stored[0]:.2f} {memory:.0f}"


ACTS = {
    "call": call,
    "ask_much": ask_much,
    "sign_and_die": sign_and_die,
    "read_list": read_list,
    "read_list_and_die": read_list_and_die,
}


def main(act: str, count: int, given: dict) -> None:
    import django
    from django.db import connections

    django.setup()
    from practice import connect  # noqa: F401 (what the children would load one by one)

    # Asks the database, whose connection no child may inherit: each opens one of its own.
    connect.operator_client("fullscript")
    connections.close_all()
    go, gates = os.pipe(), {}
    for turn in range(count):
        heard = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(go[1])
            os.environ["PGAPPNAME"] = f"child-{os.getpid()}"
            os.read(go[0], 1)  # until the parent closes its end
            try:
                word = ACTS[act](given | {"turn": turn})
            except Exception as error:
                word = type(error).__name__
            os.write(heard[1], word.encode())
            os._exit(0)
        os.close(heard[1])
        gates[child] = heard[0]
    os.close(go[1])
    words = []
    for child, heard in gates.items():
        word = os.read(heard, 100).decode()
        _, status = os.waitpid(child, 0)
        words.append("killed" if os.WIFSIGNALED(status) else word)
    print(json.dumps(words))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]))
