"""Connections that know whether anything was sent.

Only what fails while connecting (name, TCP, proxy, TLS) certainly left nothing at the
vendor. Later the same exceptions mean the opposite, so the moment is noted, not the type.
"""

from __future__ import annotations

from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidHeader, InvalidURL
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

_MARK = "regimen_nothing_was_sent"


class _MarksFailure:
    def connect(self):
        try:
            super().connect()
        except Exception as error:
            setattr(error, _MARK, True)
            raise


class _PlainConnection(_MarksFailure, HTTPConnection):
    pass


class _TlsConnection(_MarksFailure, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class Adapter(HTTPAdapter):
    """An adapter whose connections mark what failed before the first byte."""

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def proxy_manager_for(self, *args, **kwargs):
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
        return manager


class Pinned(Adapter):
    """An adapter whose connections go to one address, whatever the name resolves to by then.
    The name is still the one in the Host header and in the certificate."""

    def __init__(self, address: str):
        class Plain(_GoesTo, _PlainConnection):
            goes_to = address

        class Tls(_GoesTo, _TlsConnection):
            goes_to = address

        self.plain = type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": Plain})
        self.tls = type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": Tls})
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": self.plain, "https": self.tls}


class _GoesTo:
    def _new_conn(self):
        name, self._dns_host = self._dns_host, self.goes_to
        try:
            return super()._new_conn()
        finally:
            self._dns_host = name


def wait_at_most(response, seconds: float) -> None:
    """Bounds the next wait for bytes of a response whose body is not read yet. The library's
    own limit counts from the last byte that came."""
    answer = getattr(response.raw, "_fp", None)
    reader = getattr(getattr(answer, "fp", None), "raw", None)
    connection = getattr(reader, "_sock", None)
    if connection is not None:
        connection.settimeout(max(seconds, 0.01))


def nothing_was_sent(error: BaseException) -> bool:
    """Whether `error`, or anything it wraps, happened before or while connecting."""
    if isinstance(error, UnicodeError | InvalidHeader | InvalidURL):
        return True  # the request could not even be written down
    waiting, seen = [error], set()
    while waiting:
        found = waiting.pop()
        if getattr(found, _MARK, False):
            return True
        if id(found) in seen:
            continue
        seen.add(id(found))
        wrapped = (found.__cause__, found.__context__, getattr(found, "reason", None), *found.args)
        waiting.extend(item for item in wrapped if isinstance(item, BaseException))
    return False
