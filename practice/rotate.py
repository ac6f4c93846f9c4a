"""Seals everything anew under the newest key, while the site runs (goal H1).

Each value is replaced only while it still is what was read (`UPDATE … WHERE id = … AND
value = …`), so what is written meanwhile is never overwritten, and a run that was killed is
simply started again. Old keys go on opening; one may be dropped when nothing is sealed with
it any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import connection, models

from practice import sealing, second_step, session_store, tenancy

ROWS = 1000
BYTES = 8 * 1024 * 1024  # of sealed values that are held at once: a photograph has megabytes
PLAIN = "(not sealed)"


@dataclass
class Done:
    """What one batch did. `lost` were written by somebody else meanwhile, and are looked at
    again by the next run; `unopened` names rows whose value does not open."""

    sealed: int = 0
    lost: int = 0
    unopened: tuple[str, ...] = ()


class Table:
    """The sealed columns of one table; a row's are replaced together, by one update."""

    def __init__(self, model: type[models.Model], fields: list[models.Field]):
        self.model = model
        self.fields = fields
        self.name = model._meta.label

    def counts(self) -> Counter:
        """Key id → how many values are sealed with it."""
        found = Counter()
        for field in self.fields:
            start = _start(field)
            with tenancy.unit(), connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT CASE WHEN {start} LIKE 'v1.%%' THEN split_part({start}, '.', 2) END, "
                    f"count(*) FROM {self._table()} WHERE length({_column(field)}) > 0 GROUP BY 1"
                )
                for key_id, count in cursor.fetchall():
                    found[key_id or PLAIN] += count
        return found

    def batches(self, newest: str) -> Iterator[Done]:
        after = None
        while ids := self._next(newest, after):
            yield self._seal_anew(ids, newest)
            after = ids[-1]

    def _next(self, newest: str, after) -> list:
        """Ids of the next rows with a value under another key, as many as fit."""
        old = [
            f"(length({_column(field)}) > 0 AND NOT starts_with({_start(field)}, %s))"
            for field in self.fields
        ]
        size = " + ".join(f"coalesce(octet_length({_column(field)}), 0)" for field in self.fields)
        sql = (
            f"SELECT {self._key()}, {size} FROM {self._table()} WHERE ({' OR '.join(old)}) "
            f"AND (%s::text IS NULL OR {self._key()} > %s::{self._key_type()}) "
            f"ORDER BY 1 LIMIT {ROWS}"
        )
        with tenancy.unit(), connection.cursor() as cursor:
            cursor.execute(sql, [*[f"v1.{newest}."] * len(old), after, after])
            found = cursor.fetchall()
        ids, held = [], 0
        for key, length in found:
            held += length
            if ids and held > BYTES:
                break
            ids.append(key)
        return ids

    def _seal_anew(self, ids: list, newest: str) -> Done:
        changed, unopened, values = [], [], {}
        places = {name for field in self.fields for name in self._places(field)}
        names = {self.model._meta.pk.name, *places, *(field.name for field in self.fields)}
        with tenancy.unit():
            rows = self.model._default_manager.filter(pk__in=ids).only(*names).order_by("pk")
            for row in rows:
                before = [_value(row, field) for field in self.fields]
                for field, was in zip(self.fields, before, strict=True):
                    if not was or _is_under(was, newest):
                        continue
                    try:
                        self._again(row, field)
                    except sealing.CannotOpen:
                        unopened.append(f"{self.name}.{field.name} of {row.pk}")
                after = [_value(row, field) for field in self.fields]
                if before != after:
                    values[row.pk] = sum(a != b for a, b in zip(before, after, strict=True))
                    changed.append((row.pk, *before, *after))
            written = self._replace(changed) if changed else []
        sealed = sum(values[pk] for pk in written)
        return Done(sealed, sum(values.values()) - sealed, tuple(unopened))

    def _replace(self, changed: list[tuple]) -> list:
        """Ids of the rows that still were as they were read, and are replaced now."""
        kinds = [field.db_type(connection) for field in self.fields]
        columns = [_column(field) for field in self.fields]
        earlier = [f"earlier{n}" for n in range(len(columns))]
        later = [f"later{n}" for n in range(len(columns))]
        arrays = ", ".join([f"%s::{self._key_type()}[]", *(f"%s::{kind}[]" for kind in kinds * 2)])
        sets = ", ".join(
            f"{column} = new.{name}" for column, name in zip(columns, later, strict=True)
        )
        same = " AND ".join(
            f"held.{column} = new.{name}" for column, name in zip(columns, earlier, strict=True)
        )
        each_column = [list(each) for each in zip(*changed, strict=True)]
        # The ids stand there twice: found by index, not by a hash of the whole table.
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {self._table()} AS held SET {sets} "
                f"FROM unnest({arrays}) AS new (id, {', '.join([*earlier, *later])}) "
                f"WHERE held.{self._key()} = ANY (%s::{self._key_type()}[]) "
                f"AND held.{self._key()} = new.id AND {same} RETURNING held.{self._key()}",
                [*each_column, each_column[0]],
            )
            return [key for (key,) in cursor.fetchall()]

    def _again(self, row, field) -> None:
        sealing.seal(row, field.name, sealing.unseal(row, field.name))

    def _places(self, field) -> tuple[str, ...]:
        return field.bound_to or ("practice",)

    def _table(self) -> str:
        return connection.ops.quote_name(self.model._meta.db_table)

    def _key(self) -> str:
        return connection.ops.quote_name(self.model._meta.pk.column)

    def _key_type(self) -> str:
        return self.model._meta.pk.rel_db_type(connection)


def _column(field) -> str:
    return connection.ops.quote_name(field.column)


def _start(field) -> str:
    """SQL of a value's first characters: mark and key id."""
    if isinstance(field, models.BinaryField):
        return f"encode(substring({_column(field)} FROM 1 FOR 80), 'escape')"
    return f"left({_column(field)}, 80)"


def _value(row, field) -> str | bytes | None:
    """The stored value; a binary one comes as a view of memory."""
    value = getattr(row, field.name)
    return bytes(value) if isinstance(value, memoryview) else value


def _is_under(value: str | bytes, key_id: str) -> bool:
    start = f"{sealing.MARK}{key_id}."
    return value.startswith(start if isinstance(value, str) else start.encode())


class Sessions(Table):
    """Sessions are Django's own rows: sealed for a named place."""

    def __init__(self):
        super().__init__(Session, [Session._meta.get_field("session_data")])

    def _again(self, row, field):
        stored = row.session_data
        is_sealed = stored.startswith(sealing.MARK)
        row.session_data = session_store.seal(session_store.unseal(stored) if is_sealed else stored)

    def _places(self, field):
        return ()


class SecondSteps:
    """allauth's secrets, inside a JSON column: replaced while the whole of it is unchanged."""

    name = "mfa.Authenticator.data"

    def counts(self) -> Counter:
        found = Counter()
        for data in Authenticator.objects.values_list("data", flat=True).iterator():
            for text in second_step.sealed_parts(data):
                found[text.split(".")[1] if text.startswith(sealing.MARK) else PLAIN] += 1
        return found

    def batches(self, newest: str) -> Iterator[Done]:
        for row in Authenticator.objects.order_by("pk").iterator(chunk_size=ROWS):
            parts = second_step.sealed_parts(row.data)
            if all(text.startswith(f"v1.{newest}.") for text in parts):
                continue
            try:
                data = second_step.seal_anew(row.data)
            except sealing.CannotOpen:
                yield Done(unopened=(f"{self.name} of {row.pk}",))
                continue
            same = Authenticator.objects.filter(pk=row.pk, data=row.data)
            written = same.update(data=data)
            yield Done(len(parts) if written else 0, 0 if written else len(parts))


def holders() -> list:
    """Everything in which something is sealed."""
    by_model = {}
    for field in sealing.sealed_fields():
        by_model.setdefault(field.model, []).append(field)
    tables = [Table(model, fields) for model, fields in by_model.items()]
    return [*tables, Sessions(), SecondSteps()]
