"""Files that vendors name are fetched from allowed origins on public addresses (goal H5)."""

import http.server
import ipaddress
import itertools
import re
import socket
import threading

import pytest
import urllib3.util.connection

from practice.vendors import fetch
from practice.vendors.contract import BadAnswer, Refused, Unavailable, VendorError

ORIGIN = "https://files.vendor.example"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)

# 127.0.0.1, 169.254.169.254 (a cloud's own data), 10.0.0.5, 192.168.1.1, 172.16.0.9, 0.0.0.0
INNER = ("127.0.0.1", "169.254.169.254", "10.0.0.5", "192.168.1.1", "172.16.0.9", "0.0.0.0")


def spellings(address):
    """One IPv4 address in the ways that some parser or other takes for it."""
    number = int(ipaddress.ip_address(address))
    a, b, c, d = address.split(".")
    octal = ".".join(f"0{int(part):o}" for part in (a, b, c, d))
    padded = ".".join(f"{int(part):04o}" for part in (a, b, c, d))
    hexed = ".".join(hex(int(part)) for part in (a, b, c, d))
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"
    wide = address.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    return [
        address,
        f"{address}.",
        str(number),
        f"0{number:o}",
        hex(number),
        octal,
        padded,
        hexed,
        f"{a}.{b}.{int(c) * 256 + int(d)}",
        f"{a}.{int(b) * 65536 + int(c) * 256 + int(d)}",
        f"{hex(int(a))}.{b}.{c}.0{int(d):o}",
        f"[::ffff:{address}]",
        f"[::ffff:{high}:{low}]",
        f"[::{high}:{low}]",
        f"[64:ff9b::{high}:{low}]",
        f"[64:ff9b:1::{high}:{low}]",
        f"[2002:{high}:{low}::1]",
        wide,
        address.replace(".", "\u3002"),
        address.replace(".", "\uff0e"),
        address.replace(".", "\uff61"),
        address.replace(".", "%2e"),
    ]


NAMES = [
    "localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "ip6-localhost",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[fe80::1]", "[fe80::1%25eth0]", "[fc00::1]",
    "[fd12:3456::1]", "[ff02::1]", "[fec0::1]", "[2001:db8::1]", "[2001:0:7f00:1::1]",
    "224.0.0.1", "239.255.255.250", "255.255.255.255", "100.64.0.1", "198.18.0.1", "192.0.2.1",
    "192.0.0.192", "203.0.113.9", "240.0.0.1", "127.1", "127.0.1", "0", "0x7f.1", "017700000001",
    "metadata.google.internal", "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
]  # fmt: skip
TRICKS = [
    "{o}@{h}/a.png", "https://{n}:x@{h}/a.png", "https://{n}@{h}/a.png", "https://{h}@{n}/a.png",
    "https://{h}#@{n}/a.png", "https://{h}?@{n}/a.png", "https://{h}\\@{n}/a.png",
    "https://{n}\\@{h}/a.png", "https://{n}.{h}/a.png", "https://{n}:443/a.png",
    "https://{n}:8443/a.png", "https://{n}./a.png", "http://{n}/a.png", "//{n}/a.png",
    "https:/{n}/a.png", "https:///{n}/a.png", "HTTPS://{N}/a.png", "https://{N}/a.png",
    " https://{n}/a.png", "https://{n}\t/a.png", "https://{n}\n.{h}/a.png",
    "https://{n}\r\nHost: {h}/a.png", "https://{n}%00.{h}/a.png", "https://{n}%2f@{h}/a.png",
    "https://{n}%40{h}/a.png", "https://{n};{h}/a.png", "https://{n}&{h}/a.png", "ftp://{n}/a.png",
    "file:///etc/passwd", "gopher://{n}/_x", "data:image/png;base64,AA", "javascript:1",
    "dict://{n}:11211/", "https://[{n}]/a.png", "https://{n}\u3002{h}/a.png",
    "https://{n}\u2044{h}/a.png", "https://files\u3002vendor.example/a.png",
    "https://files.vendor.example\u200b/a.png", "https://\u0192iles.vendor.example/a.png",
    "https://files-vendor.example/a.png", "https://xfiles.vendor.example/a.png",
    "jar:https://{n}!/a.png", "https://", "https:", "", "/a.png", "https://{n}/" + "a" * 3000,
]  # fmt: skip


def written():
    """Addresses that are not the allowed origin, however they are written."""
    hosts = [*itertools.chain.from_iterable(map(spellings, INNER)), *NAMES]
    for host in hosts:
        yield f"https://{host}/a.png"
        yield f"http://{host}/a.png"
    name = "files.vendor.example"
    for trick in TRICKS:
        yield trick.format(n=name, N=name.upper(), h="127.0.0.1", o=ORIGIN)


def never(*args, **kwargs):
    raise AssertionError("a name was asked for")


def get(url, origins=(ORIGIN,), **options):
    return fetch.fetch(url, origins, vendor="scriptrun", operation="proof", **options)


def test_no_address_but_an_allowed_origin_is_even_resolved(capsys):
    urls = list(written())
    for url in urls:
        with pytest.raises(Refused):
            get(url, resolve=never)
    with capsys.disabled():
        print(f"\nH5: {len(urls)} addresses refused before a name was resolved, 0 fetched")
    assert len(urls) >= 200


@pytest.fixture
def no_connection(monkeypatch):
    """Notes where a connection would go, and makes none."""
    tried = []

    def noted(address, *args, **kwargs):
        tried.append(address)
        raise OSError("no network in tests")

    monkeypatch.setattr(urllib3.util.connection, "create_connection", noted)
    return tried


def test_an_inner_address_is_refused_even_where_the_operator_allowed_it(no_connection, capsys):
    """By this machine's own resolver, which reads octal, hexadecimal and single numbers too."""
    written = [*itertools.chain.from_iterable(map(spellings, INNER)), *NAMES]
    hosts = [
        host for host in written if not re.search("(?i)local|internal|%2e", host)
    ]  # ask no DNS
    for host in hosts:
        origin = f"https://{host}"
        with pytest.raises(VendorError):
            get(f"{origin}/a.png", (origin,))
        if host not in (*fetch.LOOPBACK, "[::1]"):
            with pytest.raises(VendorError):
                get(f"http://{host}/a.png", (f"http://{host}",))
    assert no_connection == []
    with capsys.disabled():
        print(f"\nH5: {len(hosts)} inner hosts refused though allowed, 0 connections")


ANSWERS = [
    *INNER, "127.8.8.8", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "fec0::1",
    "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::",
    "::7f00:1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "100.64.0.1", "198.18.0.1",
    "192.0.2.1", "198.51.100.1", "2001:db8::1", "192.0.0.192", "192.88.99.1",
]  # fmt: skip


def says(*answers):
    """A resolver that gives one answer after the other, the last one for ever."""
    left = list(answers)
    asked = []

    def resolve(host, port, **kwargs):
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    resolve.asked = asked
    return resolve


@pytest.mark.parametrize("address", ANSWERS)
def test_an_allowed_name_that_leads_inside_is_refused(no_connection, address):
    for answer in ([address], ["93.184.215.14", address], [address, "93.184.215.14"]):
        with pytest.raises(Refused):
            get(f"{ORIGIN}/a.png", resolve=says(answer))
    assert no_connection == []


def test_a_name_that_is_resolved_anew_changes_nothing(no_connection):
    resolve = says(["93.184.215.14"], ["127.0.0.1"])
    with pytest.raises(Unavailable):
        get(f"{ORIGIN}/a.png", resolve=resolve)
    assert no_connection == [("93.184.215.14", 443)]
    assert len(resolve.asked) == 1


# --- On a real server


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        status, headers, body = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    found = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    found.seen, found.answer = [], (200, {}, PNG)
    found.origin = f"http://localhost:{found.server_port}"
    thread = threading.Thread(target=found.serve_forever)
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


def there(server, path="/a.png", **options):
    return get(f"{server.origin}{path}", (server.origin,), **options)


def test_a_simulator_on_loopback_is_asked_by_its_name(server):
    found = there(server, "/a%20b/c.png?sig=x%2By&n=1", resolve=says(["127.0.0.1"]))
    assert (found.content_type, found.content) == ("image/png", PNG)
    ((path, headers),) = server.seen
    assert path == "/a%20b/c.png?sig=x%2By&n=1"
    assert headers["Host"] == f"localhost:{server.server_port}"
    assert "Authorization" not in headers


def test_loopback_by_name_may_not_be_elsewhere(server):
    with pytest.raises(Refused):
        there(server, resolve=says(["192.168.1.1"]))
    assert server.seen == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["/b.png", "http://127.0.0.1:9/", "file:///etc/passwd", "//[::1]/"])
def test_no_redirect_is_followed(server, status, to):
    server.answer = (status, {"Location": to, "Content-Length": "0"}, b"")
    with pytest.raises(BadAnswer):
        there(server)
    assert len(server.seen) == 1


@pytest.mark.parametrize("length", [{}, {"Content-Length": "70000"}])
def test_more_than_the_cap_is_not_read(server, length):
    server.answer = (200, length, PNG + bytes(70_000 - len(PNG)))
    with pytest.raises(BadAnswer, match="BadAnswer"):
        there(server, max_bytes=65_536)


@pytest.mark.parametrize(
    "body",
    [b"", b"<svg onload=x>", b"GIF8", b"RIFF1234WAVE", b"%PDF-1.7", b"MZ" + PNG, b"<html>"],
)
def test_what_is_no_picture_is_refused_whatever_its_header_says(server, body):
    server.answer = (200, {"Content-Type": "image/png"}, body)
    with pytest.raises(BadAnswer):
        there(server)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(server, body, kind):
    server.answer = (200, {"Content-Type": "text/html"}, body)
    assert there(server, kinds=fetch.IMAGES | fetch.PDF).content_type == kind
