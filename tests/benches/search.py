"""Goals S1, S1b and S2: the catalogue's search, as typed, with slips, narrowed, and whole pages.

`make bench-search`; LISTINGS=1000000 for more, NAMES=path for real names (a gzipped file of
tab-separated barcodes and names) instead of made ones. The database's time is what its client
waits for, beside it the same statements through psycopg alone.
"""

import gzip
import http.client
import itertools
import os
import random
import statistics
import threading
import time
from collections import Counter

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog import facets, match, search, upsert, words
from catalog.models import Product, SyncRun
from practice import tenancy
from tests.benches import market
from tests.conftest import DATABASE
from tests.factories import MembershipFactory, UserFactory
from tests.stack import processes
from tests.stack.ports import free_port

LISTINGS = int(os.environ.get("LISTINGS", 100_000))
NAMES = os.environ.get("NAMES", "")
ASKED, RECALLED, SECONDS, CONNECTIONS = 200, 1000, 10, 4
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def shop(ground, committed_db):
    """A member, and a catalogue that all practices share."""
    with tenancy.unit(tenancy.EVERYTHING):
        member = MembershipFactory(user=UserFactory())
    began = time.perf_counter()
    with tenancy.declare(tenancy.EVERYTHING):
        for vendor in market.VENDORS:
            with tenancy.unit():
                run = SyncRun.objects.create(vendor=vendor, state="done")
            rows = renamed(market.rows(vendor, LISTINGS // 2))
            while batch := list(itertools.islice(rows, upsert.BATCH)):
                with tenancy.unit():
                    upsert.store(run, batch, timezone.now())
        took(f"{LISTINGS:,} listings", began)
        with ground.postgres.superuser(DATABASE) as root:
            root.execute("ANALYZE")
        began = time.perf_counter()
        for _ in match.run(None):
            pass
        took("matched, with cards", began)
        began = time.perf_counter()
        with tenancy.unit():
            words.recount(None)
        took("counted", began)
    root = ground.postgres.superuser(DATABASE)
    root.autocommit = True
    with root:
        root.execute("VACUUM ANALYZE")
        sizes = root.execute(
            "SELECT relname, pg_size_pretty(pg_relation_size(oid)) FROM pg_class WHERE"
            " relkind = 'i' AND (relname LIKE 'card%' OR relname = 'one_word') ORDER BY relname"
        ).fetchall()
        cards = root.execute("SELECT count(*) FROM catalog_sharedcard").fetchone()[0]
    print(f"{cards:,} products; indexes: {', '.join(' '.join(row) for row in sizes)}")
    return member


def renamed(rows):
    if not NAMES:
        yield from rows
        return
    with gzip.open(NAMES, "rt") as file:
        names = (line.rstrip("\n").partition("\t")[2] for line in file)
        for row, name in zip(rows, filter(None, names), strict=False):
            object.__setattr__(row, "name", name)
            yield row


def took(what, began):
    print(f"{what}: {time.perf_counter() - began:.1f} s, load {os.getloadavg()[0]:.1f}")


def test_search(shop, ground, tmp_path):
    rng = random.Random(20)
    with tenancy.unit(tenancy.EVERYTHING):
        products = list(Product.objects.values_list("pk", "name", "brand"))
        picked = rng.sample(products, min(RECALLED, len(products)))
        codes = match.Listing.objects.exclude(product=None).values_list("sku", flat=True)
        codes = rng.sample(list(codes), ASKED)
    texts = [f"{brand} {name}" for _, name, brand in picked]
    kinds = {
        "exact code": [search.Asked(code) for code in codes],
        "as typed, each key": [search.Asked(text) for text in keystrokes(rng, picked)],
        "one slip": [search.Asked(slipped(rng, text, 1)) for text in texts[:ASKED]],
        "two slips": [search.Asked(slipped(rng, text, 2)) for text in texts[:ASKED]],
        "narrowed": [narrowed(rng, name) for _, name, _ in picked[:ASKED]],
        "nothing typed": [search.Asked()] * 20,
    }
    port = free_port()
    web = processes.web(port, log=tmp_path / "web.log", env={"LOG_LEVEL": "WARNING"})
    web.start().wait_ready()
    page = Page(shop, port)
    columns = ("database", "bare SQL", "whole page", "live part")
    print(f"{'milliseconds, p50 / p95':24}{''.join(f'{name:>15}' for name in columns)}")
    for kind, asked in kinds.items():
        asked = [search.replace(one, counted=True) for one in asked]
        measured = [in_database(shop.practice, one) for one in asked]
        bare = replayed(shop.practice, [statements for _, statements in measured])
        page.wire.close()  # it was idle for longer than the server waits
        pages = [page.get(one) for one in asked]
        parts = [page.get(one, {"HX-Request": "true"}) for one in asked]
        cells = [spread(each) for each in ([ms for ms, _ in measured], bare, pages, parts)]
        print(f"{kind:24}{''.join(f'{cell:>15}' for cell in cells)}")
    told_rate(shop, port, kinds["as typed, each key"])
    web.stop()
    for slips in (1, 2):
        told_recall(rng, shop.practice, picked, slips)


def keystrokes(rng, picked):
    for _, name, _ in rng.sample(picked, ASKED // 10):
        yield from (name[:end] for end in range(1, min(len(name), 16) + 1))


def narrowed(rng, name):
    chosen = {"vendor": (rng.choice(market.VENDORS),), "stock": ("yes",)}
    return search.Asked(name.split()[0], facets.Chosen(chosen))


def slipped(rng, text, slips):
    """`text` with that many slips, each in a word of five letters or more where there is one."""
    parts = text.split()
    for _ in range(slips):
        long = [at for at, word in enumerate(parts) if len(word) > 4 and word.isalpha()]
        at = rng.choice(long or range(len(parts)))
        word, place = parts[at], rng.randrange(1, max(len(parts[at]) - 1, 2))
        parts[at] = rng.choice(
            (
                word[:place] + word[place + 1 :],
                word[:place] + rng.choice(LETTERS) + word[place:],
                word[:place] + rng.choice(LETTERS) + word[place + 1 :],
                word[:place] + word[place : place + 2][::-1] + word[place + 2 :],
            )
        )
    return " ".join(parts)


def in_database(practice, asked):
    """(milliseconds that its statements took, these statements)."""
    spent, statements = 0.0, []

    def timed(execute, sql, params, many, context):
        nonlocal spent
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent += time.perf_counter() - began
            statements.append((sql, params))

    with tenancy.unit(tenancy.of_practice(practice.pk)), connection.execute_wrapper(timed):
        search.look_up(practice, asked)
    return spent * 1000, statements


def replayed(practice, searches):
    """Milliseconds of each search's statements without Django, as the application's role."""
    found, at = [], settings.DATABASES["default"]
    with psycopg.connect(
        host=at["HOST"], port=at["PORT"] or None, dbname=at["NAME"], user=at["USER"],
        password=at["PASSWORD"] or None,
    ) as bare:  # fmt: skip
        bare.execute("SELECT set_config('app.practice_id', %s, false)", [str(practice.pk)])
        for statements in searches:
            began = time.perf_counter()
            for sql, params in statements:
                bare.execute(sql, params).fetchall()
            found.append((time.perf_counter() - began) * 1000)
    return found


class Page:
    """The list's page of one member, over one connection that is kept open."""

    def __init__(self, member, port):
        browser = Client()
        browser.force_login(member.user)
        cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
        self.headers = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}",
            "X-Forwarded-Proto": "https",
        }
        self.address = reverse("catalog:product-list", args=[member.practice.slug])
        self.wire = http.client.HTTPConnection("127.0.0.1", port)
        self.weight = 0

    def get(self, asked, more=None):
        """Milliseconds to the last byte; of what is swapped in as one types with htmx's header."""
        pairs = facets.urlencode([("q", asked.text), *asked.chosen.pairs])
        began = time.perf_counter()
        self.wire.request("GET", f"{self.address}?{pairs}", headers=self.headers | (more or {}))
        answer = self.wire.getresponse()
        self.weight = max(self.weight, len(answer.read()))
        assert answer.status == 200, answer.status
        return (time.perf_counter() - began) * 1000


def told_rate(member, port, asked):
    until, times, pages = time.monotonic() + SECONDS, [], []

    def ask(page, own):
        while time.monotonic() < until:
            times.append(page.get(next(own)))

    workers = []
    for number in range(CONNECTIONS):
        page = Page(member, port)
        pages.append(page)
        own = itertools.cycle(asked[number::CONNECTIONS])
        workers.append(threading.Thread(target=ask, args=(page, own)))
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    weight = max(page.weight for page in pages) / 1000
    print(
        f"pages, two workers, {CONNECTIONS} connections: {len(times) / SECONDS:.0f}/s, "
        f"{spread(times)} ms, {weight:.0f} kB at most, load {os.getloadavg()[0]:.1f}"
    )


def told_recall(rng, practice, picked, slips):
    same, hit, missed = {}, Counter(), []
    for pk, name, brand in picked:
        same[pk] = (name, brand)
    for pk, name, brand in picked:
        text = slipped(rng, f"{brand} {name}", slips)
        with tenancy.unit(tenancy.of_practice(practice.pk)):
            ids = search.ids(practice, text, 20)
            labels = set(Product.objects.filter(pk__in=ids).values_list("name", "brand"))
        found = same[pk] in labels
        hit[found] += 1
        if not found:
            missed.append(f"{text!r} for {brand} {name}")
    print(f"recall at 20 with {slips} slip(s): {hit[True] / len(picked):.3f}; missed: {missed[:5]}")


def spread(times):
    cuts = statistics.quantiles(times, n=20)
    return f"{statistics.median(times):.1f} / {cuts[18]:.1f}"
