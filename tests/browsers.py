"""Browser tests on whatever Chromium this machine has, and a loud word when it has none.

pytest-playwright gives the fixtures (`page`, `context`, `browser`); this plugin says which
browser they start, skips their tests where there is none, and counts them at the end of the
run. With CI set, a run that would skip them fails instead.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# A test browser talks to loopback only: nothing of its own is fetched in the background.
QUIET = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
MISSING = (
    "no Chromium, Chrome or Playwright browser was found; "
    "`apt-get install chromium`, or see docs/development.md"
)


def find() -> str | None:
    """The path of the browser to use: the system's, else the one Playwright has fetched."""
    found = [shutil.which(name) for name in NAMES]
    found += [path for path in APPLICATIONS if os.access(path, os.X_OK)]
    for path in found:
        if path:
            return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def launch_arguments() -> list[str]:
    # Chromium's sandbox does not start for root.
    return [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of this machine's browser."""
    return find() or pytest.skip(MISSING)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, chromium):
    return {**browser_type_launch_args, "executable_path": chromium, "args": launch_arguments()}


def pytest_configure(config):
    config.addinivalue_line("markers", "browser: starts a browser (set by itself for its fixtures)")


def pytest_collection_modifyitems(items):
    concerned = [
        item
        for item in items
        if {"browser", "chromium"} & set(getattr(item, "fixturenames", ()))
        or item.get_closest_marker("browser")
    ]
    if not concerned:
        return
    missing = find() is None
    if missing and os.environ.get("CI"):
        raise pytest.UsageError(f"{len(concerned)} browser tests cannot run: {MISSING}")
    for item in concerned:
        item.add_marker("browser")
        item.user_properties.append(("browser", "no" if missing else "yes"))
        if missing:
            item.add_marker(pytest.mark.skip(reason=MISSING))


def pytest_terminal_summary(terminalreporter):
    ran, skipped = set(), {}
    for outcome, reports in terminalreporter.stats.items():
        for report in reports:
            if "browser" not in dict(getattr(report, "user_properties", ())):
                continue
            if outcome == "skipped":
                skipped[report.nodeid] = report.longrepr[2].removeprefix("Skipped: ")
            elif outcome in ("passed", "failed", "error"):
                ran.add(report.nodeid)
    if skipped:
        terminalreporter.section("BROWSER TESTS WERE SKIPPED", sep="!", red=True, bold=True)
        for reason in sorted(set(skipped.values())):
            terminalreporter.write_line(reason, red=True, bold=True)
    terminalreporter.write_line(f"Browser tests: {len(ran)} ran, {len(skipped)} skipped")
