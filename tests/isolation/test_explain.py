"""The queries of the main pages under row-level security, with many rows of many practices:
none reads a whole table (T7)."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from practice import covering, tenancy
from practice.models import Practice
from tests.conftest import DATABASE
from tests.isolation import filling

LONGEST_ROWS = 20_000

# (URL name, rows by id, what is posted)
PAGES = [
    ("practice:today", (), None),
    ("practice:patient-list", (), None),
    ("practice:patient-list", (), {"q": "Lasta"}),
    ("practice:patient-list", (), {"q": "5@patients.example"}),
    ("practice:patient-detail", ("row",), None),
    ("practice:duplicate-list", (), None),
    ("practice:member-list", (), None),
    ("practice:connection-list", (), None),
    ("practice:audit-list", (), None),
    ("practice:patient-assign", (), None),
    ("recommendations:plan-list", (), None),
    ("recommendations:plan-detail", ("row",), None),
    ("recommendations:plan-review", ("row",), None),
    ("recommendations:plan-sheet", ("row",), None),
    ("deliveries:delivery-list", (), None),
    ("deliveries:delivery-detail", ("row",), None),
    ("deliveries:delivery-book", ("row",), None),
    ("catalog:product-list", (), None),
    ("catalog:product-search", (), None),
    ("catalog:product-detail", ("product",), None),
    ("catalog:formulary-list", (), None),
    ("recommendations:at-risk-list", (), None),
    ("recommendations:product-add", ("product",), None),
]


@pytest.mark.parametrize(
    ("practices", "rows"),
    [(12, 1_500), pytest.param(6, LONGEST_ROWS, marks=pytest.mark.soak)],
)
def test_no_page_reads_a_whole_table(ground, committed_db, practices, rows):
    with ground.postgres.superuser(DATABASE) as root:
        filled = filling.practices(root, practices, rows)
    practice, members, row = filled[len(filled) // 2]
    statements = {}
    for who in (members[0], narrowed(practice, members[1], row)):
        scope = covering.scope_of(who)
        for statement in queries_of(who, row):
            statements[statement, scope] = plan_of(statement, scope)
    whole = {
        f"{table}: {statement}"
        for (statement, _), plan in statements.items()
        for table in read_whole(plan)
    }
    print(
        f"{len(statements)} statements of {len(PAGES)} pages, {practices} × {rows} rows: "
        f"{len(whole)} read a whole table"
    )
    assert len(statements) > 60
    assert whole == set()
    with tenancy.unit(scope):
        for way in ("indexscan", "indexonlyscan", "bitmapscan"):
            connection.cursor().execute(f"SET LOCAL enable_{way} = off")
        assert any(
            any(read_whole(plan_of(each, scope))) for each, _ in statements
        )  # it would be seen


def narrowed(practice, member, row):
    """A practitioner who sees their own patients only, `row` among them."""
    with tenancy.unit(tenancy.EVERYTHING):
        Practice.objects.filter(pk=practice.pk).update(restricts_patients=True)
    member.practice.refresh_from_db()
    return member


def queries_of(member, row):
    """The distinct SELECTs of all pages, that name a big table."""
    browser = Client()
    browser.force_login(member.user)
    tables = tuple(model._meta.db_table for model in (*filling.BIG, *filling.SHARED))
    found, ids = {}, {"row": row, "product": filling.STEP + 1}
    for name, args, posted in PAGES:
        path = reverse(name, args=[member.practice.slug, *(ids[kind] for kind in args)])
        with CaptureQueriesContext(connection) as captured:
            answer = browser.post(path, posted) if posted else browser.get(path)
        assert answer.status_code in (200, 403), (path, answer.status_code)
        for query in captured.captured_queries:
            statement = query["sql"]
            if statement.startswith("SELECT") and any(f'"{t}"' in statement for t in tables):
                found[statement] = True
    return list(found)


def plan_of(statement, scope):
    with tenancy.unit(scope), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
        answer = cursor.fetchone()[0]
    return (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]


def read_whole(plan):
    """Big tables of practices that a plan reads from one end to the other. The shared
    catalogue is not among them: its list is of all there is, for everybody."""
    if plan["Node Type"] == "Seq Scan":
        big = {model._meta.db_table for model in filling.BIG}
        if plan["Relation Name"] in big:
            yield plan["Relation Name"]
    for inner in plan.get("Plans", ()):
        yield from read_whole(inner)
