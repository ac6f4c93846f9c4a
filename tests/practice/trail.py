"""An audit trail of made-up days, and whoever may do everything to it: PostgreSQL's
superuser, with all triggers off."""

import datetime as dt

from django.db import connection
from django.utils import timezone

from practice import audit_heads, audit_seal, audit_verify

DAY = dt.timedelta(days=1)
FIRST = timezone.now().astimezone(dt.UTC).date() - 7 * DAY  # all that is written is due
FILL = """
    INSERT INTO practice_auditentry (practice_id, at, action, kind, object_id, patient_id, user_id,
        who, via, request_id, address, reason, detail)
    SELECT 1 + n %% 3, %(begin)s::timestamptz + n * (interval '23 hours' / %(rows)s),
        (ARRAY['viewed', 'changed', 'created', 'sent'])[1 + n %% 4], 'practice.patient', n, n %% 7,
        1 + n %% 5, 'Person ' || n %% 5, 'portal', md5(n::text), '192.0.2.' || n %% 200, '',
        jsonb_build_object('first_name', jsonb_build_array('Before ' || n, E'Af\\tter\\n' || n))
    FROM generate_series(0, %(rows)s - 1) AS n
"""


class Trail:
    """Entries over some days, written straight into the table."""

    def __init__(self, ground):
        self.root = ground.postgres.superuser(connection.settings_dict["NAME"])
        self.root.execute("SET session_replication_role = replica")

    def write(self, day: dt.date, rows: int = 5) -> None:
        begin = dt.datetime.combine(day, dt.time(), dt.UTC)
        self.root.execute(FILL, {"begin": begin, "rows": rows})

    def write_days(self, days: int = 4, rows: int = 5) -> None:
        for number in range(days):
            self.write(FIRST + number * DAY, rows)

    def seal(self, until: dt.date | None = None, **options):
        """Seals the days before `until` (all by default)."""
        now = timezone.now()
        if until:
            now = dt.datetime.combine(until, dt.time(2), dt.UTC)
        return audit_seal.missing(now, **options)

    def ids(self, day: dt.date) -> list[int]:
        sql = "SELECT id FROM practice_auditentry WHERE (at AT TIME ZONE 'UTC')::date = %s"
        return [row[0] for row in self.root.execute(f"{sql} ORDER BY id", [day])]

    def keep(self) -> None:
        """Keeps all as it is, for `restore`."""
        for table in ("practice_auditentry", "practice_auditseal"):
            self.root.execute(f"CREATE TEMPORARY TABLE kept_{table} AS TABLE {table}")

    def restore(self) -> None:
        for table in ("practice_auditentry", "practice_auditseal"):
            self.root.execute(f"DELETE FROM {table}")
            self.root.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")

    @staticmethod
    def told(heads=(), **options) -> list[str]:
        return [str(found) for found in audit_verify.verify(heads, **options).findings]


def heads_in(file) -> list[audit_heads.Head]:
    return audit_heads.read(file.read_text().splitlines(), audit_heads.public_keys())
