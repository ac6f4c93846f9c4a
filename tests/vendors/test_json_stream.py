"""A JSON array that is read item by item: the same items, and nothing that is no array."""

import io
import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from practice.vendors import json_stream, reading
from practice.vendors.contract import BadAnswer, Unavailable
from practice.vendors.http import Http
from practice.vendors.wholescripts.client import WholeScripts
from tests.vendors.wire_server import SILENCE, Drip, answer, serving

PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=9)
VALUE = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
MANY = 3000


class Drops(io.BytesIO):
    """A file that gives a few bytes at a time, as a slow disk or pipe may."""

    def __init__(self, content, size):
        super().__init__(content)
        self.size = size

    def read(self, count=-1):
        return super().read(min(self.size, count))


def read(content, size=7):
    return list(json_stream.items(Drops(content, size)))


@settings(deadline=None)
@given(st.lists(VALUE, max_size=6), st.integers(1, 50), st.sampled_from([None, 2]))
def test_the_items_are_those_of_the_whole(found, size, indent):
    assert read(json.dumps(found, indent=indent).encode(), size) == found


def test_fractions_and_a_mark_of_order_are_read_as_elsewhere():
    body = '\ufeff [12.50, 1234567, -0.5e1, "®"]'.encode()
    assert read(body) == reading.load(body)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{}", b'{"success": false}', b"null", b"[", b"[1", b"[1,", b"[1,]", b"[,1]"),
        *(b"[1 2]", b"[1]]", b'[1], {"more": 1}', b'[{"a": 1}, {"b":', b'["cut', b"[NaN]"),
        *(b"<!doctype html><h1>Error</h1>", b'["\xff"]', b"[" * 100_000),
    ],
)
def test_what_is_no_whole_array_is_refused(body):
    with pytest.raises(ValueError):  # noqa: PT011 (each says it in its own words)
        read(body, 65536)


def test_one_endless_item_is_not_read_over_and_over():
    with pytest.raises(ValueError, match="too long"):
        list(json_stream.items(io.BytesIO(b'["' + b"x" * 10_000_000)))


def catalogue(count):
    row = {"productName": "Zinc", "medPaxDetails": None, "descriptionFull": "<p>Long.</p>" * 700}
    return json.dumps([row | {"sku": f"{n:018d}"} for n in range(count)]).encode()


def at(server, **options):
    base = f"{server.url}/api/EMR"
    return WholeScripts(base_url=base, username="u", password="p", redirect_uri="", **options)


def test_a_catalogue_of_any_length_takes_the_same_little_memory():
    body = catalogue(MANY)
    with serving(answer(body=body, Content_Type="application/json")) as server:
        client = at(server)
        tracemalloc.start()
        with client.catalogue() as found:
            count = sum(1 for _ in found.rows())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (count, len(body) > 24_000_000) == (MANY, True)
    assert peak < 3_000_000
    print(f"\ncatalogue: {len(body) / 1e6:.0f} MB read with {peak / 1e6:.1f} MB")


def test_a_list_that_is_too_long_is_no_answer_and_not_kept_beyond_its_limit():
    file = io.BytesIO()
    with serving(answer(body=catalogue(20))) as server, pytest.raises(BadAnswer) as raised:
        Http("demo", server.url, max_bytes=50_000).send("GET", "/list", operation="list", into=file)
    assert "larger" in raised.value.message
    assert file.tell() <= 50_000


def test_the_page_of_an_error_is_not_taken_for_the_list():
    file = io.BytesIO()
    with serving(answer("503 Away", b"[1]")) as server, pytest.raises(Unavailable):
        Http("demo", server.url).send("GET", "/list", operation="list", into=file)
    assert file.getvalue() == b""


def test_a_list_that_falls_silent_is_given_up():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"
    body = Drip(head + b"[1, 2, 3]" * 5, then=SILENCE)
    with serving(body) as server, pytest.raises(Unavailable):
        Http("demo", server.url, read_timeout=1.5).send(
            "GET", "/list", operation="list", into=io.BytesIO()
        )


def test_a_catalogue_that_is_cut_gives_its_rows_and_then_says_so():
    with serving(answer(body=catalogue(10)[:-500])) as server, at(server).catalogue() as found:
        rows = found.rows()
        assert next(rows).name == "Zinc"
        with pytest.raises(BadAnswer) as raised:
            list(rows)
        assert "not a whole JSON array" in raised.value.message
