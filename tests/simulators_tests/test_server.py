"""The process, its four servers and the faults any of them can be told to have."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import requests

from tests.simulators.client import ROOT, SimulatorError, Simulators

PATH = "/api/catalog/brands"


def get(sims, **more):
    return requests.get(sims.fullscript + PATH, timeout=70, **more)


def test_each_vendor_is_an_origin_of_its_own(sims):
    origins = {sims.control, sims.fullscript, sims.wholescripts, sims.scriptrun}
    assert len(origins) == 4
    assert requests.get(sims.wholescripts + PATH, timeout=5).status_code == 404


def test_the_log_tells_what_was_called_and_when(sims):
    requests.post(sims.fullscript + "/nowhere?a=1", data=b"12345", timeout=5)
    call = sims.log("fullscript")[-1]
    assert (call["method"], call["path"], call["query"]) == ("POST", "/nowhere", "a=1")
    assert (call["status"], call["body_bytes"]) == (404, 5)
    assert call["started_at"][:16] == sims.now()[:16]


def test_a_fault_spoils_only_the_calls_it_names(sims):
    sims.fault("fullscript", "status", path="brands$", after=1, times=2, params={"code": 503})
    healthy = get(sims).status_code
    statuses = [get(sims).status_code for _ in range(4)]
    assert statuses == [503, 503, healthy, healthy]
    assert requests.get(sims.fullscript + "/other", timeout=5).status_code == 404


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
def test_a_reset_reaches_the_caller_as_a_reset(sims, kind):
    sims.fault("fullscript", kind)
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        get(sims)
    assert sims.log("fullscript")[-1]["status"] == 0


def test_retry_after_comes_as_seconds_or_as_a_date(sims):
    sims.fault("fullscript", "status", params={"code": 429, "retry_after": 7})
    sims.fault(
        "fullscript", "status", params={"code": 429, "retry_after": 7, "retry_after_date": True}
    )
    assert get(sims).headers["Retry-After"] == "7"
    assert get(sims).headers["Retry-After"].endswith("GMT")


def test_a_truncated_answer_is_no_json(sims):
    sims.fault("fullscript", "truncated")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        get(sims).json()


def test_a_short_answer_breaks_its_own_promise(sims):
    sims.fault("fullscript", "truncated", params={"short": True})
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(sims)


def test_an_html_error_page_can_come_with_200(sims):
    sims.fault("fullscript", "html", params={"code": 200})
    answer = get(sims)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html"


def test_a_slow_answer_takes_its_time(sims):
    sims.fault("fullscript", "slow", params={"seconds": 0.3})
    started = time.monotonic()
    get(sims)
    assert time.monotonic() - started >= 0.3


def test_a_hanging_call_is_counted_and_let_go(sims):
    sims.fault("fullscript", "hang")
    answers = []
    caller = threading.Thread(target=lambda: answers.append(get(sims)))
    caller.start()
    deadline = time.monotonic() + 5
    while sims.hangs() == 0 and time.monotonic() < deadline:
        pass
    assert (sims.hangs(), answers) == (1, [])
    assert sims.release() == 1
    caller.join(5)
    assert len(answers) == 1


def test_an_unknown_kind_of_fault_is_refused(sims):
    with pytest.raises(SimulatorError, match="kind must be one of"):
        sims.fault("fullscript", "explode")


def test_the_clock_moves_and_reset_puts_it_back(sims):
    before = sims.now()
    assert sims.advance(86_400)[:10] > before[:10]
    sims.reset()
    assert sims.now()[:13] == before[:13]


def test_state_is_taken_up_again_from_its_file(tmp_path):
    state = tmp_path / "state.json"
    with Simulators.start(state=state) as first:
        first.advance(3600)
        held = first.holds("fullscript")
    with Simulators.start(state=state) as second:
        assert second.holds("fullscript") == held
        assert requests.get(second.control + "/api/clock", timeout=5).json()["offset"] == 3600


def test_it_ends_when_its_parent_is_killed():
    code = (
        "import time\n"
        "from tests.simulators.client import Simulators\n"
        "print(Simulators.start().process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    deadline = time.monotonic() + 10
    while _runs(child) and time.monotonic() < deadline:
        threading.Event().wait(0.1)
    assert not _runs(child)


def _runs(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # An orphan that ended may wait as a zombie for a reaper that never comes.
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
