"""What `Http` makes of every way a call can end."""

import datetime as dt
import gzip
import logging
import socket
from email.utils import format_datetime

import pytest

from practice.vendors import retry_after
from practice.vendors.contract import AccessRevoked, BadAnswer, Refused, Unavailable, VendorError
from practice.vendors.http import Http
from tests.vendors.wire_server import RESET, SILENCE, Drip, answer, serving


def call(server, method="GET", **options):
    options = {"operation": "try", "write": method != "GET"} | options
    patience = options.pop("patience", 5)
    limit = options.pop("limit", 10_000)
    http = Http("demo", f"{server.url}/api", read_timeout=patience, max_bytes=limit)
    return http.send(method, options.pop("route", "/things"), **options)


def test_a_success_carries_body_and_request_id():
    with serving(answer(body=b'{"price": 30.5000}', X_Request_Id="req-1")) as server:
        found = call(server)
    assert found.request_id == "req-1"
    assert str(found.object()["price"]) == "30.5000"


def test_values_are_encoded_whole_into_the_path():
    with serving(answer()) as server:
        call(server, route="/people/{email}", values={"email": "a+b/c@x.example"})
    assert server.heard[0].startswith(b"GET /api/people/a%2Bb%2Fc%40x.example HTTP/1.1")


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_no_value_leads_out_of_the_base(value):
    http = Http("demo", "http://127.0.0.1:9/api")
    with pytest.raises(Refused):
        http.send("GET", "/people/{id}", operation="try", values={"id": value})


@pytest.mark.parametrize("route", ["https://other.example/", "//other.example/x", "/../Orders"])
def test_no_route_leads_out_of_the_base(route):
    http = Http("demo", "http://127.0.0.1:9/api")
    with pytest.raises(ValueError, match="route"):
        http.send("GET", route, operation="try")


@pytest.mark.parametrize(
    "base",
    [
        "http://vendor.example/api",
        "ftp://127.0.0.1",
        "https://u:p@v.example",
        "https://v.example/?a",
    ],
)
def test_a_base_is_https_or_loopback(base):
    with pytest.raises(ValueError, match="base URL"):
        Http("demo", base)


@pytest.mark.parametrize(
    ("status", "error", "maybe_done"),
    [
        ("400 Bad Request", Refused, None),
        ("401 Unauthorized", AccessRevoked, None),
        ("402 Payment Required", AccessRevoked, None),
        ("403 Forbidden", Refused, None),
        ("404 Not Found", Refused, None),
        ("408 Request Timeout", Unavailable, True),
        ("422 Unprocessable", Refused, None),
        ("429 Too Many Requests", Unavailable, False),
        ("500 Internal Server Error", Unavailable, True),
        ("503 Service Unavailable", Unavailable, True),
        ("302 Found", BadAnswer, None),
    ],
)
def test_a_status_becomes_its_error(status, error, maybe_done):
    page = answer(
        status, b"<html>oops</html>", X_Request_Id="req-2", Location="http://127.0.0.1:1/"
    )
    with serving(page) as server, pytest.raises(VendorError) as raised:
        call(server, "POST", json={})
    assert type(raised.value) is error
    assert raised.value.status == int(status[:3])
    assert raised.value.request_id == "req-2"
    assert getattr(raised.value, "maybe_done", None) == maybe_done
    assert len(server.heard) == 1


def test_only_402_means_paused():
    for status, paused in (("402 Payment Required", True), ("401 Unauthorized", False)):
        with serving(answer(status)) as server, pytest.raises(AccessRevoked) as raised:
            call(server, "POST")
        assert raised.value.paused is paused


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "end",
    [
        RESET,
        SILENCE,
        b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"not http at all\r\n\r\n",
    ],
)
def test_a_lost_answer_may_be_done_when_it_was_a_write(end, method):
    with serving(end) as server, pytest.raises(Unavailable) as raised:
        call(server, method, patience=0.3)
    assert raised.value.maybe_done is (method == "POST")
    assert len(server.heard) == 1


def test_nothing_was_sent_when_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    http = Http("demo", f"http://127.0.0.1:{port}")
    with pytest.raises(Unavailable) as raised:
        http.send("POST", "/things", operation="try", write=True)
    assert raised.value.maybe_done is False


@pytest.mark.parametrize("token", ["two\nlines", "\u20ac"])
def test_nothing_was_sent_when_it_cannot_be_written_down(token):
    with serving(answer()) as server, pytest.raises(Unavailable) as raised:
        call(server, "POST", headers={"Authorization": f"Bearer {token}"})
    assert raised.value.maybe_done is False
    assert server.heard == []


def test_nothing_was_sent_when_tls_fails():
    with serving(b"this is no TLS\r\n") as server:
        http = Http("demo", server.url.replace("http://", "https://"))
        with pytest.raises(Unavailable) as raised:
            http.send("POST", "/things", operation="try", write=True)
    assert raised.value.maybe_done is False


@pytest.mark.parametrize("body", [b"<html>", b'{"a":', b"\xff\xfe", b'{"a": NaN}', b"[" * 99_999])
def test_a_success_that_is_no_json_is_a_bad_answer(body):
    with serving(answer(body=body)) as server, pytest.raises(BadAnswer):
        call(server, limit=200_000).object()


def test_an_answer_over_the_limit_is_not_read():
    with serving(answer(body=b"x" * 20_000)) as server, pytest.raises(BadAnswer):
        call(server)


def test_a_small_answer_that_unpacks_too_large_is_not_read():
    bomb = gzip.compress(b"x" * 5_000_000)
    with (
        serving(answer(body=bomb, Content_Encoding="gzip")) as server,
        pytest.raises(BadAnswer),
    ):
        call(server)


def test_an_error_page_over_the_limit_keeps_its_status():
    with (
        serving(answer("503 Service Unavailable", b"x" * 20_000)) as server,
        pytest.raises(Unavailable) as raised,
    ):
        call(server)
    assert raised.value.status == 503


def test_an_answer_that_drips_is_given_up():
    slow = Drip(answer(body=b'{"made": "' + b"x" * 400 + b'"}'))
    with serving(slow) as server, pytest.raises(Unavailable) as raised:
        call(server, "POST", patience=0.3)
    assert raised.value.status == 200
    assert raised.value.maybe_done


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0", 1),
        ("7200", 7200),
        ("99999", 86400),
        ("Mon, 04 May 2026 12:00:30 GMT", 30),
        ("Mon, 04 May 2026 11:00:00 GMT", 1),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, seconds):
    now = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
    assert retry_after.seconds_of(header, now) == seconds


def test_a_date_counts_from_the_clock_that_makes_the_wait_longer():
    """The vendor's clock is a minute behind ours, then a minute ahead: never early."""
    now = dt.datetime.now(dt.UTC)
    for skew in (-60, 60):
        theirs = now + dt.timedelta(seconds=skew)
        until = theirs + dt.timedelta(seconds=30)
        headers = {"Retry-After": format_datetime(until, usegmt=True)}
        headers["Date"] = format_datetime(theirs, usegmt=True)
        assert 29 <= retry_after.seconds(headers) <= 91


def test_a_slow_down_says_how_long():
    busy = answer("429 Too Many Requests", b"", Retry_After="42")
    with serving(busy) as server, pytest.raises(Unavailable) as raised:
        call(server)
    assert raised.value.retry_after == 42


def test_only_the_template_is_logged(caplog):
    secret = answer(body=b'{"name":"Pat"}', X_Request_Id="req-3")
    with caplog.at_level(logging.DEBUG), serving(secret) as server:
        call(
            server,
            "POST",
            route="/people/{email}",
            values={"email": "pat@x.example"},
            params={"q": "private"},
            json={"note": "hidden"},
        )
    assert "/people/{email}" in caplog.text
    assert "req-3" in caplog.text
    for word in ("pat", "private", "hidden", "Pat"):
        assert word not in caplog.text.replace("/people/{email}", "")


def test_an_error_hides_what_was_asked():
    with serving(RESET) as server, pytest.raises(Unavailable) as raised:
        call(server, route="/people/{email}", values={"email": "pat@x.example"})
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    assert "pat" not in str(raised.value)


def test_no_cookie_is_kept():
    with serving(answer(Set_Cookie="who=alice; Path=/"), answer()) as server:
        http = Http("demo", server.url)
        http.send("GET", "/one", operation="try")
        http.send("GET", "/two", operation="try")
    assert b"cookie" not in server.heard[1].lower()
