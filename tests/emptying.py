"""Emptying the database after a test that committed.

TRUNCATE makes a new file for every table and index that hangs on a practice, which is nearly
all of them, though a test wrote to a handful. Here the tables that hold rows are looked for,
and their rows deleted without triggers and keys; numbers start at one again.
"""

KEPT = ["django_migrations", "django_content_type", "auth_permission"]
# A table with more than this is truncated: deleted rows would stay in its file.
MOST_BYTES = 4 * 2**20

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s)"
RESTART = """
    SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
        AND sequencename <> ALL(%s)
"""


def empty(connection):
    """`connection` is the superuser's. Waits for whoever still writes, as TRUNCATE does."""
    tables = _column(connection, TABLES, [KEPT])
    rows = " UNION ALL ".join(
        f"SELECT '{table}', pg_table_size('{table}') WHERE EXISTS (SELECT FROM {table})"
        for table in tables
    )
    with connection.transaction():
        connection.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
        connection.execute("SET LOCAL session_replication_role = replica")
        written = dict(connection.execute(rows).fetchall())
        if any(size > MOST_BYTES for size in written.values()):
            connection.execute(f"TRUNCATE {', '.join(tables)}")
        else:
            for table in written:
                connection.execute(f"DELETE FROM {table}")
        connection.execute(RESTART, [[f"{table}_id_seq" for table in KEPT]])


def _column(connection, statement, values):
    return [row[0] for row in connection.execute(statement, values)]
