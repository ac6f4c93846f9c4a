"""Sealing and verifying an audit trail of a million entries (goal H4: verified in < 60 s).

python -m tests.benches.audit [--rows 1000000] [--days 30]
"""

import argparse
import datetime as dt
import hashlib
import os
import resource
import time

from tests.benches import scratch

NAME = f"bench_audit_{os.getpid()}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=30)
    asked = parser.parse_args()
    with scratch.database(NAME) as postgres, postgres.superuser(NAME) as root:
        measure(root, asked.rows, asked.days)


def measure(root, rows, days):
    # Django is set up by now.
    from django.utils import timezone

    from practice import audit_seal, audit_verify
    from tests.practice.trail import DAY, FILL

    today = timezone.now().astimezone(dt.UTC).date()
    root.execute("SET session_replication_role = replica")
    with root.cursor() as cursor:
        for number in range(days):
            begin = dt.datetime.combine(today - (days + 1 - number) * DAY, dt.time(), dt.UTC)
            cursor.execute(FILL, {"begin": begin, "rows": rows // days})
    root.execute("VACUUM ANALYZE practice_auditentry")
    (written,) = root.execute("SELECT count(*) FROM practice_auditentry").fetchone()
    (size,) = root.execute(
        "SELECT pg_total_relation_size('practice_auditentry') / 1048576"
    ).fetchone()
    print(f"{written:,} entries over {days} days, {size} MB with indexes", flush=True)
    print(f"{'':34}{'seconds':>9}{'entries/s':>12}{'peak memory':>13}")
    tell("at the start", None, written)
    report = []
    until = timezone.now()
    timed("seal all days", written, lambda: audit_seal.missing(until))
    timed("verify all", written, lambda: report.append(audit_verify.verify()))
    timed("bare: SELECT count(*)", written, lambda: count(root))
    timed("bare: read and SHA-256, one stream", written, lambda: bare_hash(root))
    print(f"verified: {report[0].rows:,} entries, {len(report[0].findings)} findings")


def count(root):
    root.execute("SELECT count(*) FROM practice_auditentry").fetchone()


def bare_hash(root):
    digest = hashlib.sha256()
    with (
        root.cursor() as cursor,
        cursor.copy("COPY (SELECT * FROM practice_auditentry ORDER BY id) TO STDOUT") as copy,
    ):
        for block in copy:
            digest.update(block)


def timed(what, rows, act):
    began = time.perf_counter()
    act()
    tell(what, time.perf_counter() - began, rows)


def tell(what, seconds, rows):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    taken = f"{seconds:9.2f}{rows / seconds:12,.0f}" if seconds else f"{'':21}"
    print(f"{what:34}{taken}{peak:10.0f} MB", flush=True)


if __name__ == "__main__":
    main()
