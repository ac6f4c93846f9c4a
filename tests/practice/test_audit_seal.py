"""Finished days are sealed once, each head leaves the database signed, and what is wrong
afterwards is named."""

import datetime as dt
import logging
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone

from practice import audit, audit_heads, audit_seal, audit_verify, tasks, tenancy
from practice.models import AuditEntry, AuditSeal
from tests.practice.trail import DAY, FIRST, Trail, heads_in


@pytest.fixture
def heads_file(settings, tmp_path):
    settings.AUDIT_HEADS_FILE = str(tmp_path / "heads")
    return tmp_path / "heads"


@pytest.fixture
def trail(committed_db, ground, heads_file):
    trail = Trail(ground)
    yield trail
    trail.root.close()


def seals():
    with tenancy.unit(tenancy.EVERYTHING):
        return list(AuditSeal.objects.order_by("day"))


def test_every_column_of_an_entry_is_sealed():
    fields = {field.attname for field in AuditEntry._meta.concrete_fields}
    assert set(audit_seal.COLUMNS) == fields


def test_each_finished_day_gets_one_seal_also_where_nothing_happened(trail):
    trail.write(FIRST, 3)
    trail.write(FIRST + 2 * DAY, 2)
    trail.seal(until=FIRST + 4 * DAY)
    assert [(seal.day, seal.rows) for seal in seals()] == [
        (FIRST, 3),
        (FIRST + DAY, 0),
        (FIRST + 2 * DAY, 2),
        (FIRST + 3 * DAY, 0),
    ]
    assert len({seal.head for seal in seals()}) == 4


def test_sealing_again_seals_nothing(trail):
    trail.write_days(2)
    assert len(trail.seal(until=FIRST + 2 * DAY)) == 2
    assert trail.seal(until=FIRST + 2 * DAY) == []


def test_without_entries_there_is_nothing_to_seal(trail):
    assert trail.seal() == []


def test_a_day_is_not_sealed_within_the_hour_after_it(trail):
    trail.write(FIRST)
    midnight = dt.datetime.combine(FIRST + DAY, dt.time(), dt.UTC)
    assert audit_seal.missing(midnight + dt.timedelta(minutes=59)) == []
    assert len(audit_seal.missing(midnight + dt.timedelta(minutes=60))) == 1


def test_our_own_clock_ahead_of_the_databases_seals_no_day_that_still_runs(trail):
    with tenancy.unit(tenancy.EVERYTHING):
        audit.note("viewed", practice_id=None, kind="x")
    assert audit_seal.missing(timezone.now() + 5 * DAY) == []


def test_a_day_waits_for_the_transactions_that_were_writing(trail, ground):
    trail.write(FIRST)
    with ground.postgres.superuser(connection.settings_dict["NAME"]) as other:
        with other.transaction():
            other.execute(
                "INSERT INTO practice_auditentry (action, kind, who, via, request_id, address, "
                "reason, detail) VALUES ('viewed', '', '', '', '', '', '', '{}')"
            )
            assert trail.seal(until=FIRST + DAY, patience=0) == []
        assert len(trail.seal(until=FIRST + DAY, patience=0)) == 1


def test_a_beat_that_comes_while_another_seals_does_nothing(trail, ground):
    trail.write(FIRST)
    with (
        ground.postgres.superuser(connection.settings_dict["NAME"]) as other,
        other.transaction(),
    ):
        other.execute("SELECT pg_advisory_xact_lock(hashtext('audit seal'))")
        assert trail.seal(until=FIRST + DAY) == []


def test_two_beats_at_once_make_one_seal_a_day(trail):
    trail.write_days(6)

    def beat():
        trail.seal(until=FIRST + 6 * DAY)
        connections.close_all()

    beats = [threading.Thread(target=beat) for _ in range(4)]
    for one in beats:
        one.start()
    for one in beats:
        one.join()
    trail.seal(until=FIRST + 6 * DAY)
    assert [seal.day for seal in seals()] == [FIRST + number * DAY for number in range(6)]
    assert trail.told() == []


def test_beat_seals(trail):
    trail.write(timezone.now().astimezone(dt.UTC).date() - 2 * DAY)
    tasks.seal_audit()
    assert len(seals()) >= 1


def test_the_head_leaves_signed_in_the_log_and_in_the_file(trail, heads_file, caplog):
    trail.write_days(2)
    with caplog.at_level(logging.INFO, logger="regimen.audit"):
        trail.seal(until=FIRST + 2 * DAY)
    expected = [audit_heads.Head(s.day, s.rows, s.last_id, s.head) for s in seals()]
    assert heads_in(heads_file) == expected
    lines = [record.getMessage() for record in caplog.records]
    assert audit_heads.read(lines, audit_heads.public_keys()) == expected


def test_where_the_head_cannot_leave_there_is_no_seal(trail, settings, tmp_path):
    settings.AUDIT_HEADS_FILE = str(tmp_path)  # a folder
    trail.write(FIRST)
    with pytest.raises(OSError, match="directory"):
        trail.seal(until=FIRST + DAY)
    assert seals() == []


def test_a_line_that_another_key_signed_is_refused(trail, heads_file, settings):
    trail.write(FIRST)
    trail.seal(until=FIRST + DAY)
    settings.AUDIT_SIGNING_KEY = ["A" * 43 + "="]
    with pytest.raises(audit_heads.NotGenuine, match="unknown key"):
        heads_in(heads_file)


@pytest.mark.parametrize(
    ("was", "becomes", "why"),
    [
        ("rows=5", "rows=4", "not ours"),
        (f" {FIRST} ", f" {FIRST + DAY} ", "not ours"),
        ("=", "-", "damaged"),
    ],
)
def test_a_line_that_was_edited_is_refused(trail, heads_file, was, becomes, why):
    trail.write(FIRST)
    trail.seal(until=FIRST + DAY)
    heads_file.write_text(heads_file.read_text().replace(was, becomes))
    with pytest.raises(audit_heads.NotGenuine, match=why):
        heads_in(heads_file)


def test_a_retired_key_still_verifies(trail, heads_file, settings):
    trail.write(FIRST)
    trail.seal(until=FIRST + DAY)
    settings.AUDIT_SIGNING_KEY = ["A" * 43 + "=", *settings.AUDIT_SIGNING_KEY]
    assert len(heads_in(heads_file)) == 1


def test_a_seal_made_before_a_column_came_stays_true(trail, monkeypatch):
    trail.write(FIRST)
    fewer = {name: sql for name, sql in audit_seal.COLUMNS.items() if name != "reason"}
    with monkeypatch.context() as earlier:
        earlier.setattr(audit_seal, "COLUMNS", fewer)
        trail.seal(until=FIRST + DAY)
    trail.write(FIRST + DAY)
    trail.seal(until=FIRST + 2 * DAY)
    assert trail.told() == []


def edit(trail, sql, *values):
    trail.root.execute(sql, values)


def test_an_edited_entry_is_named(trail):
    trail.write_days()
    trail.seal()
    entry = trail.ids(FIRST + DAY)[2]
    edit(trail, "UPDATE practice_auditentry SET who = 'Nobody' WHERE id = %s", entry)
    assert trail.told() == [f"{FIRST + DAY}: entry {entry}: it was changed"]


def test_a_deleted_entry_is_named(trail):
    trail.write_days()
    trail.seal()
    entry = trail.ids(FIRST + DAY)[-1]
    edit(trail, "DELETE FROM practice_auditentry WHERE id = %s", entry)
    assert trail.told() == [f"{FIRST + DAY}: entry {entry}: it was removed, or moved away"]


def test_a_back_dated_entry_is_named(trail):
    trail.write_days()
    trail.seal()
    trail.write(FIRST, 1)
    entry = trail.ids(FIRST)[-1]
    assert trail.told() == [f"{FIRST}: entry {entry}: it was added later, or moved here"]


def test_an_entry_dated_before_all_others_or_in_the_future_is_named(trail):
    trail.write_days()
    trail.seal()
    trail.write(FIRST - 3 * DAY, 1)
    early = trail.ids(FIRST - 3 * DAY)[0]
    trail.write(dt.date(2099, 1, 1), 1)
    late = trail.ids(dt.date(2099, 1, 1))[0]
    assert trail.told() == [
        f"entry {late}: it is dated in the future",
        f"{FIRST - DAY}: entry {early}: it is dated before the first sealed day",
    ]


def test_the_first_of_several_days_is_named_first(trail):
    trail.write_days()
    trail.seal()
    wrong = [trail.ids(FIRST + 2 * DAY)[0], trail.ids(FIRST)[1]]
    edit(trail, "UPDATE practice_auditentry SET action = 'sent' WHERE id = ANY (%s)", wrong)
    edit(trail, "UPDATE practice_auditentry SET via = 'x' WHERE id = ANY (%s)", wrong)
    assert [line[:10] for line in trail.told()] == [str(FIRST), str(FIRST + 2 * DAY)]


def test_a_trail_cut_off_is_found_by_the_last_head_outside(trail, heads_file):
    trail.write_days()
    trail.seal(until=FIRST + 4 * DAY)
    cut = FIRST + 2 * DAY
    edit(trail, "DELETE FROM practice_auditentry WHERE at >= %s", cut)
    edit(trail, "DELETE FROM practice_auditseal WHERE day >= %s", cut)
    assert trail.told() == []
    last = heads_in(heads_file)[-1:]
    assert trail.told(last) == [f"{FIRST + 3 * DAY}: the seal is gone that a signed head speaks of"]


def test_a_chain_that_was_made_anew_is_found_by_the_heads_outside(trail, heads_file, settings):
    trail.write_days()
    trail.seal(until=FIRST + 4 * DAY)
    edit(trail, "UPDATE practice_auditentry SET who = 'Nobody' WHERE id = %s", trail.ids(FIRST)[0])
    edit(trail, "DELETE FROM practice_auditseal")
    settings.AUDIT_HEADS_FILE = ""
    trail.seal(until=FIRST + 4 * DAY)
    assert trail.told() == []
    assert len(trail.told(heads_in(heads_file))) == 4


def test_the_unsealed_end_is_counted(trail):
    trail.write_days()
    trail.seal(until=FIRST + 2 * DAY)
    assert audit_verify.verify().tail == 10


def test_old_entries_removed_by_rule_leave_the_rest_verifiable(trail, heads_file):
    trail.write_days()
    trail.seal(until=FIRST + 4 * DAY)
    edit(trail, "DELETE FROM practice_auditentry WHERE at < %s", FIRST + 2 * DAY)
    assert trail.told(heads_in(heads_file), since=FIRST + 2 * DAY) == []


def test_the_commands_seal_verify_and_fail_where_something_is_wrong(trail, heads_file, capsys):
    trail.write_days()
    call_command("seal_audit")
    call_command("verify_audit", "--heads", str(heads_file))
    assert "The trail is as it was sealed." in capsys.readouterr().out
    entry = trail.ids(FIRST)[0]
    edit(trail, "UPDATE practice_auditentry SET who = 'Nobody' WHERE id = %s", entry)
    with pytest.raises(CommandError, match=f"First: {FIRST}: entry {entry}: it was changed"):
        call_command("verify_audit", "--head", heads_file.read_text().splitlines()[-1])


def test_a_forged_head_ends_the_command(trail, heads_file):
    trail.write_days()
    trail.seal()
    heads_file.write_text(heads_file.read_text().replace("rows=5", "rows=6"))
    with pytest.raises(CommandError, match="not genuine: line 1"):
        call_command("verify_audit")
