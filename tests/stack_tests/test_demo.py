"""The demo as a person meets it: real processes, in a folder with a space in its name."""

import signal
import stat

import pytest

from tests.stack.cluster import Cluster
from tests.stack.ports import listen
from tests.stack_tests.demo_process import DemoProcess, alive, server_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The demo's folder; nothing of it runs any more afterwards."""
    folder = tmp_path_factory.mktemp("Demo") / "of a Clinic"
    yield folder
    Cluster(folder / "postgres").stop()


@pytest.fixture(scope="module")
def first(folder):
    """A fresh demo that wanted a busy port, in a folder with something of an earlier one."""
    (folder / "mail").mkdir(parents=True)
    (folder / "mail" / "of-an-earlier-demo.log").touch()
    with listen() as taken:
        wanted = taken.getsockname()[1]
        demo = DemoProcess(folder, "--fresh", "--port", str(wanted)).wait_up()
        yield demo, wanted
    demo.interrupt()


def test_it_takes_another_port_when_its_own_is_busy(first):
    demo, wanted = first
    assert f"(port {wanted} is busy)" in demo.said
    assert 'name="password"' in demo.sign_in_page()


def test_a_fresh_one_forgets_and_keeps_its_secrets_to_itself(first, folder):
    assert not list((folder / "mail").iterdir())
    assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600


def test_a_second_one_in_the_same_folder_refuses(first, folder):
    second = DemoProcess(folder, "--fresh", "--port", "0")
    assert second.wait_ended() == 1
    assert "Stop it with Ctrl-C" in second.said
    assert 'name="password"' in first[0].sign_in_page()


def test_a_killed_one_starts_again_with_its_data_and_ends_whole(first, folder):
    left = first[0].children()
    secrets = (folder / "secrets.json").read_text()
    first[0].kill()
    demo = DemoProcess(folder, "--port", "0").wait_up()
    assert "processes of a demo that was killed" in demo.said
    assert alive(left) == []
    assert (folder / "secrets.json").read_text() == secrets
    assert 'name="password"' in demo.sign_in_page()
    family = [*demo.children(), server_of(folder)]
    assert len(family) >= 7  # Valkey, simulators, web and worker with children, beat, PostgreSQL
    assert demo.interrupt() == 0
    assert alive(family) == []
    assert not (folder / "children.json").exists()


def test_a_closed_terminal_ends_it_whole(folder):
    demo = DemoProcess(folder, "--port", "0", is_read=False)
    while "Valkey" not in demo.process.stdout.readline():
        assert demo.process.poll() is None
    family = demo.children()
    demo.process.stdout.close()
    demo.process.send_signal(signal.SIGHUP)
    demo.process.wait(30)
    assert alive(family) == []
    assert not (folder / "postgres" / "postmaster.pid").exists()


def test_ctrl_c_while_it_starts_leaves_nothing(folder):
    demo = DemoProcess(folder, "--port", "0")
    demo.wait_said("PostgreSQL")
    assert demo.interrupt() == 0
    assert not (folder / "postgres" / "postmaster.pid").exists()
    assert not (folder / "children.json").exists()
