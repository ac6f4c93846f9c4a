import os

import psutil
import psycopg
import pytest

from tests.stack.cluster import Cluster
from tests.stack.ports import free_port, listen
from tests.stack.services import Postgres, Valkey


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    # Longer than a socket's name may be, with a space and capital letters in it.
    folder = tmp_path_factory.mktemp("Long") / ("a Folder " * 8).strip()
    postgres = Postgres(folder / "postgres")
    postgres.create("regimen")
    yield postgres
    postgres.stop()


def test_the_application_role_owns_nothing_and_bypasses_nothing(postgres):
    with postgres.superuser("regimen") as connection:
        rights = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles "
            "WHERE rolname = 'regimen_app'"
        ).fetchone()
        owned = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = 'regimen_app'::regrole"
        ).fetchone()
    assert rights == (False, False, False, False)
    assert owned == (0,)


def test_the_application_role_makes_no_table(postgres):
    with (
        psycopg.connect(
            host=postgres.socket_folder, user="regimen_app", dbname="regimen"
        ) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE mine (id int)")


def test_making_a_database_twice_changes_nothing(postgres):
    with postgres.superuser("regimen") as connection:
        connection.execute("CREATE TABLE kept (id int)")
    postgres.create("regimen")
    with postgres.superuser("regimen") as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_server_in_use_elsewhere_is_not_stopped(postgres):
    second = Cluster(postgres.cluster.folder).start()
    second.stop()
    assert postgres.is_running


def test_a_stranger_with_the_noted_number_is_no_server(tmp_path):
    cluster = Cluster(tmp_path / "postgres").start()
    try:
        cluster.stop()
        assert not cluster.is_running
        (cluster.folder / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.folder}\n")
        assert cluster.start().is_running
    finally:
        cluster.stop()


def test_valkey_runs_in_a_folder_with_a_space(tmp_path):
    valkey = Valkey(tmp_path / "a Folder")
    pid = valkey.process.pid
    valkey.stop()
    assert not psutil.pid_exists(pid)


def test_a_busy_port_is_passed_over():
    with listen() as taken:
        busy = taken.getsockname()[1]
        assert free_port(busy) != busy
    assert free_port(busy) == busy
