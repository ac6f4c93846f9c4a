"""What a run says of its browser tests: run in pytest processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ONE_TEST = """
def test_a_page_opens(page):
    page.set_content("<h1>Here</h1>")
    assert page.inner_text("h1") == "Here"
"""


def run(folder: Path, **environment) -> subprocess.CompletedProcess:
    (folder / "test_page.py").write_text(ONE_TEST)
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "conftest.py").write_text('pytest_plugins = ["tests.browsers"]\n')
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:django", str(folder)],
        cwd=ROOT,
        env={**os.environ, "CI": "", **environment},
        capture_output=True,
        text=True,
    )


def without_browser(folder: Path) -> dict[str, str]:
    return {"PATH": "", "HOME": str(folder), "PLAYWRIGHT_BROWSERS_PATH": str(folder / "none")}


@pytest.mark.browser
def test_a_browser_test_runs_and_is_counted(tmp_path):
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Browser tests: 1 ran, 0 skipped" in done.stdout


def test_without_a_browser_the_tests_are_skipped_loudly(tmp_path):
    done = run(tmp_path, **without_browser(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "BROWSER TESTS WERE SKIPPED" in done.stdout
    assert "no Chromium, Chrome or Playwright browser was found" in done.stdout
    assert "Browser tests: 0 ran, 1 skipped" in done.stdout


def test_in_ci_a_missing_browser_fails_the_run(tmp_path):
    done = run(tmp_path, **without_browser(tmp_path), CI="true")
    assert done.returncode != 0
    assert "1 browser tests cannot run" in done.stderr + done.stdout
