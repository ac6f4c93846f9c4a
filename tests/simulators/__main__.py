"""`python -m tests.simulators`: serve the vendors until told to stop or left alone.

Prints one JSON line when every server listens; everything else goes to stderr.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

import django
from django.core.handlers.wsgi import WSGIHandler

from tests.simulators import registry, world
from tests.simulators.server import Server
from tests.simulators.wire import Wire

log = logging.getLogger(__name__)
TICK_SECONDS = 0.5


def arguments(argv):
    parser = argparse.ArgumentParser(prog="python -m tests.simulators", description=__doc__)
    for name in (registry.CONTROL, *registry.TITLES):
        parser.add_argument(f"--{name}-port", type=int, default=0, help="0 = a free port")
    parser.add_argument("--state", type=Path, help="file that keeps the state between runs")
    parser.add_argument("--mail", type=Path, help="folder of the product's file-based e-mails")
    parser.add_argument("--seed", type=int, default=20, help="which made-up people and products")
    parser.add_argument("--scale", type=int, default=1, help="how many times the usual brands")
    parser.add_argument("--site-url", default="", help="the product's address, for callbacks")
    return parser.parse_args(argv)


def main(argv=None):
    options = arguments(argv)
    # The parent's settings are the product's; this process has its own project.
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.simulators.settings"
    django.setup()
    here = world.use(
        world.World(
            registry.load(),
            seed=options.seed,
            scale=options.scale,
            site_url=options.site_url,
            state_file=options.state,
            mail_dir=options.mail,
        )
    )
    servers = serve(here, options)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    keep(here, stop)
    print(json.dumps({"ready": True, **here.origins}), flush=True)
    stop.wait()
    here.faults.release()
    for server in servers:
        server.shutdown()
        server.server_close()
    here.save()


def serve(here, options):
    application, servers = WSGIHandler(), []
    for name in (registry.CONTROL, *here.vendors):
        server = Server(name, getattr(options, f"{name}_port"), Wire(here, name, application))
        here.origins[name] = server.origin
        servers.append(server)
    for server in servers:
        server.start()
    return servers


def keep(here, stop):
    """Start the threads that tick each vendor, save the state and watch the parent."""
    for vendor in here.vendors.values():
        if vendor.tick:
            threading.Thread(target=tick, args=(here, vendor, stop), daemon=True).start()
    threading.Thread(target=save, args=(here, stop), daemon=True).start()
    threading.Thread(target=watch, args=(os.getppid(), stop), daemon=True).start()


def tick(here, vendor, stop):
    while not stop.is_set():
        here.wakers[vendor.name].wait(TICK_SECONDS)
        here.wakers[vendor.name].clear()
        try:
            vendor.tick(here)
        except Exception:
            log.exception("%s could not do what was due", vendor.title)


def save(here, stop):
    while not stop.wait(TICK_SECONDS):
        here.save_if_changed()


def watch(parent, stop):
    """Stop once the process that started this one is gone, so that none is left behind."""
    while not stop.wait(1):
        if os.getppid() != parent:
            stop.set()


if __name__ == "__main__":
    sys.exit(main())
