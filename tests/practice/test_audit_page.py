"""The owner's audit page: who did what, narrowed, paged, exported, never another practice's."""

import csv
import datetime as dt
import io

import pytest

from practice import audit, audit_export, audit_search, tenancy
from practice.models import AuditEntry
from tests.factories import ConnectionFactory
from tests.practice.trail import Trail

pytestmark = pytest.mark.django_db


def page(clinic, browser="alice", **asked):
    return getattr(clinic, browser).get(clinic.url("audit-list"), asked)


def text(answer):
    assert answer.status_code == 200, answer.status_code
    return " ".join(answer.content.decode().split())


def told(answer):
    """(who, what) of the lines, newest first."""
    return [(told.who, told.did) for told in answer.context["entries"]]


def acting(clinic, **values):
    return tenancy.acting(tenancy.Actor(**values))


def noted(clinic, count=1, **values):
    with clinic.open():
        for _ in range(count):
            audit.note("viewed", practice_id=clinic.here.pk, **({"kind": "x:thing"} | values))


def export(clinic, **asked):
    answer = clinic.alice.post(clinic.url("audit-export"), asked)
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    return answer, list(csv.DictReader(io.StringIO(body)))


def test_it_says_who_changed_what_of_whom_before_and_after(clinic):
    known = clinic.patient(first_name="Before", last_name="Sample", sex="female")
    new = {"first_name": "After", "last_name": "Sample", "sex": "x"}
    clinic.bob.post(clinic.url("patient-edit", known.pk), new)
    answer = page(clinic, action="changed", patient=known.pk)
    assert told(answer) == [("Bob Brandt, MD", "changed the patient")]
    changes = {c.label: (c.before, c.after) for c in answer.context["entries"][0].changes}
    assert changes["First name"] == ("Before", "After")
    assert changes["Sex"] == ("Female", "Other")
    assert "After Sample" in text(answer)
    assert "127.0.0.1" in text(answer)


def test_a_secret_is_only_said_to_have_changed(clinic):
    with clinic.open():
        held = ConnectionFactory(membership=clinic.members.bob)
        held.access_token = "v1.sealed"
        held.save()
    answer = page(clinic, action="changed")
    assert [(c.label, c.after) for c in answer.context["entries"][0].changes] == [
        ("Access token", "changed")
    ]
    assert "v1.sealed" not in text(answer)


def test_a_member_is_named_where_a_change_points_at_one(clinic):
    known = clinic.patient()
    with clinic.open():
        known.practitioner = clinic.members.bob
        known.save()
    (change,) = page(clinic, action="changed").context["entries"][0].changes
    assert (change.label, change.after) == ("Practitioner", "Bob Brandt, MD")


def test_what_the_operator_saw_is_marked_with_the_reason(clinic):
    with acting(clinic, via="admin", who="sam@operator.example", reason="Ticket 12: no e-mails"):
        noted(clinic)
    noted(clinic)
    answer = page(clinic, person="staff")
    assert [told.by_operator for told in answer.context["entries"]] == [True]
    assert "Reason: Ticket 12: no e-mails" in text(answer)


def test_it_is_narrowed_by_person_and_action(clinic):
    known = clinic.patient()
    clinic.bob.get(clinic.url("patient-detail", known.pk))
    clinic.ann.get(clinic.url("patient-detail", known.pk))
    bob = clinic.members.bob.user_id
    assert told(page(clinic, person=bob)) == [("Bob Brandt, MD", "saw the patient")]
    assert {who for who, _ in told(page(clinic, action="viewed"))} >= {"Ann Ames"}
    assert told(page(clinic, person=bob, action="deleted")) == []


def test_it_is_narrowed_by_time_in_the_practices_zone(committed_clinic, ground):
    clinic, trail = committed_clinic, Trail(ground)
    with tenancy.unit(tenancy.EVERYTHING):
        clinic.here.time_zone = "America/Los_Angeles"
        clinic.here.save()
    sql = (
        "INSERT INTO practice_auditentry (practice_id, at, action, kind, who, via, request_id, "
        "address, reason, detail) VALUES (%s, %s, 'viewed', 'x:y', %s, '', '', '', '', '{}')"
    )
    for hour in (6, 8):  # UTC; the day begins at 7 in Los Angeles
        at = dt.datetime(2026, 7, 28, hour, tzinfo=dt.UTC)
        trail.root.execute(sql, [clinic.here.pk, at, f"At {hour}"])
    trail.root.close()
    answer = page(clinic, since="2026-07-28T00:00", until="2026-07-29T00:00")
    assert [who for who, _ in told(answer)] == ["At 8"]
    assert "1:00:00 AM" in text(answer)


def test_a_patient_is_searched_by_a_post_and_kept_by_number(clinic):
    known = clinic.patient(first_name="Elena", last_name="Marsh")
    answer = clinic.alice.post(clinic.url("audit-list"), {"q": "marsh", "action": "viewed"})
    assert f"?action=viewed&amp;patient={known.pk}" in text(answer)
    with clinic.open():
        search = AuditEntry.objects.get(action="searched")
    assert search.detail == {"found": 1, "patients": [known.pk]}


def test_lists_that_showed_a_patient_come_where_asked_for(clinic):
    known = clinic.patient()
    clinic.bob.get(clinic.url("patient-list"))
    asked = {"patient": known.pk, "person": clinic.members.bob.user_id}
    assert told(page(clinic, **asked)) == []
    assert told(page(clinic, lists="on", **asked)) == [
        ("Bob Brandt, MD", "saw the list of patients")
    ]


def test_a_patients_page_leads_owners_to_who_saw_it(clinic):
    known = clinic.patient()
    link = f"{clinic.url('audit-list')}?patient={known.pk}"
    assert link in text(clinic.alice.get(clinic.url("patient-detail", known.pk)))
    assert link not in text(clinic.bob.get(clinic.url("patient-detail", known.pk)))


def test_looking_at_the_trail_is_in_the_trail(clinic):
    known = clinic.patient()
    page(clinic, patient=known.pk)
    with clinic.open():
        noted = AuditEntry.objects.get(kind="practice:audit-list")
    assert (noted.action, noted.who) == ("viewed", "Alice Adler, ND")
    assert noted.detail == {"patients": [known.pk]}


def test_another_practices_entries_and_patients_are_none(clinic):
    with clinic.open_elsewhere():
        audit.note("viewed", practice_id=clinic.elsewhere.pk, kind="x:theirs")
    known = clinic.patient()
    with tenancy.unit(tenancy.EVERYTHING):
        audit.note("viewed", practice_id=None, kind="x:operator")
    assert "theirs" not in text(page(clinic))
    path = f"/{clinic.elsewhere.slug}/audit/"
    assert clinic.charlie.get(path, {"patient": known.pk}).status_code == 404
    assert clinic.charlie.get(path, {"patient": 987_654}).status_code == 404
    assert clinic.charlie.post(f"{path}export", {"patient": known.pk}).status_code == 404


@pytest.mark.parametrize("browser", ["bob", "ann", "rae"])
def test_only_owners_come_in(clinic, browser):
    assert page(clinic, browser).status_code == 403
    assert getattr(clinic, browser).post(clinic.url("audit-export")).status_code == 403


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        *(({"before": bad}, 404) for bad in ["x", "-1-2", "1-1-1", "१-१"]),
        ({"before": "9" * 40}, 404),
        ({"before": "9" * 17 + "-1"}, 200),
        ({"before": "0-0"}, 200),
        *(({"patient": bad}, 422) for bad in ["x", "-3", "1.5", "\0"]),
        *(({"patient": bad}, 404) for bad in ["987654", "9" * 18, "9" * 40]),
        *(({"person": bad}, 422) for bad in ["x", "0", "987654"]),
        ({"action": "stolen"}, 422),
        *(({"since": bad}, 422) for bad in ["yesterday", "2026-13-01T00:00", "0000-00-00"]),
        ({"since": "2026-07-29T00:00", "until": "2026-07-28T00:00"}, 422),
    ],
)
def test_nonsense_is_answered_like_nonsense(clinic, asked, status):
    assert page(clinic, **asked).status_code == status


def test_nothing_found_teaches_the_next_step(clinic):
    assert "Clear the filter" in text(page(clinic, action="sign_in_failed"))


def test_pages_follow_each_other_without_gap_or_double(clinic):
    noted(clinic, 120)
    ids, before = [], ""
    while True:
        with clinic.open():
            entries = audit_search.Wanted(action="viewed").entries(clinic.here)
            rows, before = audit_search.page(entries, before)
        ids += [row.pk for row in rows]
        if not before:
            break
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == len(set(ids)) == 120


@pytest.mark.parametrize("count", [10, 1000])
def test_it_costs_the_same_for_few_entries_and_many(clinic, queries, count):
    known = [clinic.patient() for _ in range(5)]
    noted(clinic, count, patient_id=known[0].pk)
    clinic.alice.get(clinic.url("audit-list"))
    with queries() as done:
        assert page(clinic, patient=known[0].pk, action="viewed").status_code == 200
    assert len(done) <= 6, done  # and two for who is signed in


def test_an_export_holds_what_is_filtered_and_is_noted(clinic):
    known = clinic.patient(first_name="Elena", last_name="Marsh")
    clinic.bob.get(clinic.url("patient-detail", known.pk))
    answer, lines = export(clinic, patient=known.pk, action="viewed")
    assert answer["Content-Disposition"].startswith('attachment; filename="audit-bayside-')
    assert [(line["Who"], line["What"], line["Patient"]) for line in lines] == [
        ("Bob Brandt, MD", "saw the patient", "Elena Marsh")
    ]
    with clinic.open():
        noted = AuditEntry.objects.get(action="exported")
    assert (noted.patient_id, noted.who) == (known.pk, "Alice Adler, ND")
    assert noted.detail == {"entries": 1, "filter": {"patient": known.pk, "action": "viewed"}}


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", " =1"])
def test_no_cell_is_a_formula(clinic, name):
    with acting(clinic, who=name):
        noted(clinic)
    _, lines = export(clinic, action="viewed")
    assert lines[0]["Who"] == f"'{name}"


def test_an_export_comes_in_pieces_and_says_where_it_ends(clinic, monkeypatch):
    monkeypatch.setattr(audit_export, "A_PIECE", 7)
    monkeypatch.setattr(audit_export, "MOST", 20)
    noted(clinic, 30)
    _, lines = export(clinic, action="viewed")
    assert len(lines) == 21
    assert len({line["Entry"] for line in lines[:20]}) == 20
    assert lines[-1]["Time (UTC)"].startswith("Only the newest 20 entries")


def test_a_malformed_filter_exports_nothing(clinic):
    answer = clinic.alice.post(clinic.url("audit-export"), {"since": "x"})
    assert answer.status_code == 302
    with clinic.open():
        assert not AuditEntry.objects.filter(action="exported").exists()


MANY = """
    INSERT INTO practice_auditentry (practice_id, at, action, kind, object_id, patient_id, user_id,
        who, via, request_id, address, reason, detail)
    SELECT (ARRAY[%(here)s, %(here)s + 1000000])[1 + n %% 2],
        now() - n * interval '1 minute', (ARRAY['viewed', 'changed', 'sent'])[1 + n %% 3], 'x:y', n,
        n %% 500, n %% 50, 'P', 'portal', '', '', '', '{}'
    FROM generate_series(1, 100000) AS n
"""
FILTERS = [
    audit_search.Wanted(),
    audit_search.Wanted(patient=7),
    audit_search.Wanted(person="7"),
    audit_search.Wanted(action="sent"),
    audit_search.Wanted(patient=7, action="sent"),
    audit_search.Wanted(since=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
]


def test_every_filter_is_served_by_an_index(committed_clinic, ground):
    clinic, trail = committed_clinic, Trail(ground)
    trail.root.execute(MANY, {"here": clinic.here.pk})
    trail.root.execute("ANALYZE practice_auditentry")
    trail.root.close()
    with clinic.open():
        newest = audit_search.Wanted().entries(clinic.here)[500]
        for wanted in FILTERS:
            for before in ("", audit_search.place_of(newest)):
                entries = audit_search.after(wanted.entries(clinic.here), before)
                plan = entries[:51].explain()
                assert "Seq Scan" not in plan, (wanted, plan)
                assert "audit_by_" in plan, (wanted, plan)


def test_what_was_sent_says_where_by_which_road_and_with_what_end(clinic):
    with clinic.open(), acting(clinic, via="task:recommendations.tasks.attempt"):
        audit.note(
            "sent",
            practice_id=clinic.here.pk,
            kind="recommendations.sending",
            object_id=3,
            vendor="wholescripts",
            road="api",
            outcome="refused",
            signed_by_id=clinic.members.bob.pk,
        )
    (line,) = page(clinic, action="sent").context["entries"]
    assert (line.who, line.did, line.via) == ("Regimen", "sent a plan", "background work, attempt")
    assert line.more == "to WholeScripts by API, signed by Bob Brandt, MD: refused"
