"""Ports on loopback."""

import socket


def free_port(preferred: int = 0) -> int:
    """`preferred` when nobody listens there, else any free port."""
    with listen(preferred) as listener:
        return listener.getsockname()[1]


def listen(preferred: int = 0) -> socket.socket:
    """A socket that listens on `preferred`, or on any free port when that one is busy.
    Held open, it keeps the port for the process it is handed to."""
    if preferred and not is_answered(preferred):
        try:
            return listening(preferred)
        except OSError:
            pass
    return listening(0)


def listening(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def is_answered(port: int) -> bool:
    """Whether anybody answers there. A browser that asks for localhost may try IPv6 first."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as probe:
                probe.settimeout(1)
                if probe.connect_ex((host, port)) == 0:
                    return True
        except OSError:  # no IPv6 on this machine
            continue
    return False
