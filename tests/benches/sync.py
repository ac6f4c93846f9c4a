"""Goal S3: WholeScripts' list read into empty tables, read again unchanged, and with changes.

`make bench-sync`; LISTINGS=1000000 for more. A process of its own reads the list over HTTP, as a
worker does; meanwhile somebody searches. Beside it the same rows by PostgreSQL's COPY alone.
"""

import http.server
import os
import threading
import time

import pytest

from catalog import search
from catalog.models import Listing, SyncRun
from practice import tenancy
from tests.benches import market
from tests.conftest import DATABASE
from tests.stack import forks

LISTINGS = int(os.environ.get("LISTINGS", 100_000))
SEED = 20
PHASES = {"first": 1, "unchanged": 1, "1 % changed": 100}
COLUMNS = (
    "listings",
    "stored a second",
    "all a second",
    "match and cards, s",
    "MB",
    "longest search, ms",
)


class Shop(http.server.BaseHTTPRequestHandler):
    """WholeScripts' list of products, from a file."""

    path_of_list = None

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(os.path.getsize(self.path_of_list)))
        self.end_headers()
        with open(self.path_of_list, "rb") as file:
            while part := file.read(1 << 20):
                self.wfile.write(part)

    def log_message(self, *args):
        """Says nothing: a table is printed."""


@pytest.fixture
def shop(tmp_path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()


class Reader(threading.Thread):
    """Somebody who searches all the while; `waits` in ms."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stopped, self.waits = threading.Event(), []

    def run(self):
        while not self.stopped.wait(0.05):
            began = time.perf_counter()
            with tenancy.declare(tenancy.EVERYTHING), tenancy.unit():
                search.ids(None, "magnesium")
            self.waits.append((time.perf_counter() - began) * 1000)


def write(folder, every):
    """The list in a file; with `every`, that part of the products has another price."""
    path = folder / f"list-{every}.json"
    with path.open("w") as file:
        count = market.write_list(file, LISTINGS, SEED)
    if every > 1:
        text = path.read_text()
        parts = text.split('"retailPrice": "')
        parts[1::every] = ["9" + part for part in parts[1::every]]
        path.write_text('"retailPrice": "'.join(parts))
    return path, count


def read(ground, shop):
    """One reading by a process of its own: seconds by part, and its peak memory in MB."""
    with tenancy.unit(tenancy.EVERYTHING):
        SyncRun.objects.update(created_at="2020-01-01T00:00Z", finished_at="2020-01-02T00:00Z")
        run = SyncRun.objects.create(vendor="wholescripts")
    env = {"WHOLESCRIPTS_BASE_URL": f"http://127.0.0.1:{shop.server_address[1]}/api/EMR"}
    process = forks.start(ground, "read_list", 1, env=env, run=run.pk)
    [told] = forks.ended(process, seconds=1800)
    with tenancy.unit(tenancy.EVERYTHING):
        run.refresh_from_db()
    assert run.state in ("done", "needs_review"), (told, run.last_error)
    stored, matched, memory = map(float, told.split())
    return run, stored, matched, memory


def copied(ground) -> float:
    """Seconds in which PostgreSQL alone writes the same rows into a table without an index."""
    with ground.postgres.superuser(DATABASE) as root:
        root.execute("CREATE TABLE copied (LIKE catalog_listing)")
        began = time.perf_counter()
        root.execute("INSERT INTO copied SELECT * FROM catalog_listing")
        took = time.perf_counter() - began
        root.execute("DROP TABLE copied")
    return took


def test_reading_a_list(ground, committed_db, shop, tmp_path, capsys):
    rows = []
    for name, every in PHASES.items():
        Shop.path_of_list, _ = write(tmp_path, every)
        reader = Reader()
        reader.start()
        run, stored, matched, memory = read(ground, shop)
        reader.stopped.set()
        reader.join()
        longest = max(reader.waits, default=0)
        told = (
            run.seen,
            run.seen / stored,
            run.seen / (stored + matched),
            matched,
            memory,
            longest,
        )
        rows.append(f"| {name} | {' | '.join(f'{number:,.0f}' for number in told)} |")
    with tenancy.unit(tenancy.EVERYTHING):
        held = Listing.objects.count()
    with capsys.disabled():
        print(f"\n{held:,} listings, load {os.getloadavg()[0]:.1f}")
        print(f"| reading | {' | '.join(COLUMNS)} |\n|---|{'---:|' * len(COLUMNS)}")
        print("\n".join(rows))
        print(f"PostgreSQL alone, into a bare table: {held / copied(ground):,.0f}/s")
