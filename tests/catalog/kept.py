"""A reading's rows, kept to be put back: the first test of a run that wants both catalogues
reads them through the product, later ones get copies of what it wrote.

Rows are put back under new ids, under the practice and connections of the test that wants
them, and with their times moved to now. They go with the test's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, models
from django.utils import timezone
from psycopg import sql

from catalog.models import Listing, OwnCard, Product, Review, SharedCard, SyncRun, Word
from practice import tenancy
from practice.models import Connection, Practice

MODELS = (Product, Listing, SharedCard, OwnCard, Word, Review, SyncRun)


@dataclass(frozen=True)
class Kept:
    at: object
    connections: dict[str, Connection]
    rows: dict[type[models.Model], bytes]  # as PostgreSQL copies them out

    @classmethod
    def of(cls, connections: dict[str, Connection]) -> Kept:
        """All that was read with these connections (by vendor)."""
        with tenancy.unit(tenancy.EVERYTHING), connection.cursor() as cursor:
            rows = {model: _copied(cursor, model) for model in MODELS}
        return cls(timezone.now(), connections, rows)

    def put_back(self, connections: dict[str, Connection]):
        """For these connections, whose lists wait to be read: they were."""
        with tenancy.unit(tenancy.EVERYTHING), connection.cursor() as cursor:
            SyncRun.objects.open().delete()
            moves = {model: self._laid_out(cursor, model) for model in MODELS}
            owners = {self.connections[vendor].pk: connections[vendor].pk for vendor in connections}
            (practice,) = {one.practice_id for one in connections.values()}
            for model in MODELS:
                values = [
                    self._value(field, moves, practice, owners)
                    for field in model._meta.local_concrete_fields
                ]
                cursor.execute(
                    sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(
                        sql.Identifier(model._meta.db_table),
                        _columns(model),
                        sql.SQL(", ").join(values),
                        _beside(model),
                    )
                )

    def _laid_out(self, cursor, model) -> int:
        """Lays the kept rows beside the table; how far their ids are to move."""
        beside, columns = _beside(model), _columns(model)
        table = sql.Identifier(model._meta.db_table)
        cursor.execute(
            sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0").format(
                beside, columns, table
            )
        )
        with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(beside)) as copy:
            copy.write(self.rows[model])
        cursor.execute(
            sql.SQL(
                "SELECT min(fresh) - (SELECT min(id) FROM {0}) FROM (SELECT nextval("
                "pg_get_serial_sequence({1}, 'id')) AS fresh FROM generate_series("
                "(SELECT min(id) FROM {0}), (SELECT max(id) FROM {0}))) taken"
            ).format(beside, sql.Literal(model._meta.db_table))
        )
        return cursor.fetchone()[0] or 0

    def _value(self, field, moves, practice, owners):
        column, target = sql.Identifier(field.column), field.related_model
        if field.primary_key or target in moves:
            return sql.SQL("{} + {}").format(column, sql.Literal(moves[target or field.model]))
        if target is Practice:
            return sql.SQL("CASE WHEN {} IS NOT NULL THEN {} END").format(
                column, sql.Literal(practice)
            )
        if target is Connection:
            cases = [
                sql.SQL("WHEN {} THEN {}").format(sql.Literal(was), sql.Literal(now))
                for was, now in owners.items()
            ]
            return sql.SQL("CASE {} {} END").format(column, sql.SQL(" ").join(cases))
        if isinstance(field, models.DateTimeField):
            return sql.SQL("{} + {}").format(column, sql.Literal(timezone.now() - self.at))
        return column


def _copied(cursor, model) -> bytes:
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY id) TO STDOUT").format(
        _columns(model), sql.Identifier(model._meta.db_table)
    )
    with cursor.copy(statement) as copy:
        return b"".join(copy)


def _columns(model):
    return sql.SQL(", ").join(
        sql.Identifier(field.column) for field in model._meta.local_concrete_fields
    )


def _beside(model):
    return sql.Identifier(f"kept_{model._meta.db_table}")
