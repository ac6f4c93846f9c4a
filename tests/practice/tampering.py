"""Random tampering with a sealed audit trail, by somebody who may do everything to the
database and nothing outside it."""

import datetime as dt
import json
import random

from django.test import override_settings

from practice import audit_seal
from tests.practice.trail import DAY, Trail

ENTRY, SEAL = "practice_auditentry", "practice_auditseal"
WORDS = ["", "x", "Person 1", "viewed", "sent", "192.0.2.7", "Person 1 "]
FIELDS = {
    **dict.fromkeys(["action", "kind", "who", "via", "request_id", "address", "reason"], WORDS),
    **dict.fromkeys(["practice_id", "object_id", "patient_id", "user_id"], [None, 1, 2, 3, 4, 99]),
}
COPIED = ", ".join(name for name in audit_seal.COLUMNS if name not in ("id", "at"))


class Tamperer:
    """Each deed changes something that is sealed, and tells in words what it did."""

    def __init__(self, trail: Trail, seed: int):
        self.trail, self.root = trail, trail.root
        self.random = random.Random(seed)
        self.deeds = [
            *(self.edit_field, self.edit_detail, self.move, self.delete, self.delete_some),
            *(self.insert, self.reorder, self.cut_off, self.cut_off_entries, self.replace_chain),
            *(self.edit_seal, self.delete_seal),
        ]

    def once(self) -> str:
        return self.random.choice(self.deeds)()

    def edit_field(self) -> str:
        name = self.random.choice(list(FIELDS))
        entry = self._entry()
        before = self._one(f"SELECT {name} FROM {ENTRY} WHERE id = %s", entry)
        after = self.random.choice([value for value in FIELDS[name] if value != before])
        self._do(f"UPDATE {ENTRY} SET {name} = %s WHERE id = %s", after, entry)
        return f"{name} of {entry} from {before!r} to {after!r}"

    def edit_detail(self) -> str:
        entry = self._entry()
        detail = self._one(f"SELECT detail FROM {ENTRY} WHERE id = %s", entry)
        match self.random.randrange(3):
            case 0:
                detail["more"] = self.random.random()
            case 1:
                detail["first_name"][0] += " "
            case 2:
                del detail["first_name"]
        self._do(f"UPDATE {ENTRY} SET detail = %s WHERE id = %s", json.dumps(detail), entry)
        return f"detail of {entry} to {detail}"

    def move(self) -> str:
        """To another time: of the same day, another day, one before or after all."""
        entry = self._entry()
        by = self.random.choice([dt.timedelta(microseconds=1), DAY, -DAY, 20 * DAY, -20 * DAY])
        self._do(f"UPDATE {ENTRY} SET at = at + %s WHERE id = %s", by, entry)
        return f"{entry} moved by {by}"

    def delete(self) -> str:
        entry = self._entry()
        self._do(f"DELETE FROM {ENTRY} WHERE id = %s", entry)
        return f"{entry} deleted"

    def delete_some(self) -> str:
        some = self.random.sample(self.entries, self.random.randint(2, 20))
        self._do(f"DELETE FROM {ENTRY} WHERE id = ANY (%s)", some)
        return f"{some} deleted"

    def insert(self) -> str:
        """A copy with another number, dated back into a sealed day."""
        like, number = self._entry(), self.random.choice([self.highest + 1, 0, -5])
        self._do(
            f"INSERT INTO {ENTRY} (id, at, {COPIED}) "
            f"SELECT %s, at + interval '1 second', {COPIED} FROM {ENTRY} WHERE id = %s",
            *(number, like),
        )
        return f"{number} inserted after {like}"

    def reorder(self) -> str:
        one, other = self.random.sample(self.entries, 2)
        for entry, number in ((one, -1), (other, one), (-1, other)):
            self._do(f"UPDATE {ENTRY} SET id = %s WHERE id = %s", number, entry)
        return f"{one} and {other} swapped"

    def cut_off(self) -> str:
        day = self.random.choice(self.days)
        self._do(f"DELETE FROM {ENTRY} WHERE at >= %s", _midnight(day))
        self._do(f"DELETE FROM {SEAL} WHERE day >= %s", day)
        return f"all cut off from {day}"

    def cut_off_entries(self) -> str:
        last = self.entries[-self.random.randint(1, 10) :]
        self._do(f"DELETE FROM {ENTRY} WHERE id = ANY (%s)", last)
        return f"last {last} cut off"

    def replace_chain(self) -> str:
        """Another history, sealed anew from there on by our own code."""
        what = self.random.choice([self.edit_field, self.delete, self.insert, self.reorder])()
        self._do(f"DELETE FROM {SEAL}")
        with override_settings(AUDIT_HEADS_FILE=""):
            self.trail.seal()
        return f"{what}, and sealed anew"

    def edit_seal(self) -> str:
        day = self.random.choice(self.days)
        change = self.random.choice(
            [
                *("rows = rows + 1", "last_id = last_id + 1", "head = md5(head) || md5(day::text)"),
                *(
                    "day = day + 30",
                    "practice_id = 1",
                    "columns = 'id,at'",
                    "columns = 'id,secret'",
                ),
                *("columns = replace(columns, ',reason', '')", "marks = substr(marks, 13)"),
                *("marks = set_byte(marks, 3, 9)", "marks = ''"),
            ]
        )
        self._do(f"UPDATE {SEAL} SET {change} WHERE day = %s", day)
        return f"seal of {day}: {change}"

    def delete_seal(self) -> str:
        day = self.random.choice(self.days)
        self._do(f"DELETE FROM {SEAL} WHERE day = %s", day)
        return f"seal of {day} deleted"

    def learn(self) -> None:
        """What there is to tamper with."""
        self.entries = [row[0] for row in self.root.execute(f"SELECT id FROM {ENTRY} ORDER BY at")]
        self.days = [row[0] for row in self.root.execute(f"SELECT day FROM {SEAL} WHERE rows > 0")]
        self.highest = max(self.entries)

    def _entry(self) -> int:
        return self.random.choice(self.entries)

    def _one(self, sql, *values):
        return self.root.execute(sql, values).fetchone()[0]

    def _do(self, sql, *values) -> None:
        assert self.root.execute(sql, values).rowcount, f"{sql} with {values} changed nothing"


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)
