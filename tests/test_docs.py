"""Documentation that a test holds true."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = (ROOT / "config" / "settings.py").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
DEPLOY = (ROOT / "docs" / "deploy.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LOCK_FILES = ["requirements.txt", "package-lock.json"]

# Written apart, so that this file does not find itself.
REGISTRIES = [
    name.replace("~", ".")
    for name in (
        "pypi~org", "pythonhosted~org", "npmjs~org", "npmjs~com", "yarnpkg~com",
        "deb~debian~org", "docker~io", "ghcr~io", "proxy~golang~org", "crates~io",
    )
]  # fmt: skip
# The leading part keeps addresses such as https://site.example/home/ out.
MACHINE_PATHS = re.compile(r"(?<![\w.}>/-])/(?:" + "work|root|home" + r")/\w")
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bsk_live_[0-9a-zA-Z]{16,}"
)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file() and file.suffix not in (".png", ".ico")]


def found(pattern: re.Pattern) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in tracked()
        for match in [pattern.search(file.read_text(errors="replace"))]
        if match
    ]


def variables_read() -> set[str]:
    return set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', SETTINGS))


def variables_of_the_example() -> set[str]:
    return set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", EXAMPLE, re.MULTILINE))


def variables_of_the_table() -> set[str]:
    return set(re.findall(r"^\| `([A-Z_]+)` \|", DEPLOY, re.MULTILINE))


def test_the_example_names_every_variable_and_no_other():
    assert variables_of_the_example() == variables_read()


def test_the_table_of_variables_names_every_variable_and_no_other():
    assert variables_of_the_table() == variables_read()


def test_the_table_says_which_variables_are_needed():
    from config.checks import REQUIRED

    said = set(re.findall(r"^\| `([A-Z_]+)` \| needed \|", DEPLOY, re.MULTILINE))
    assert said == {*REQUIRED, "DATABASE_URL"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_command_is_a_target(page):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    said = set(re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(), re.MULTILINE))
    assert said <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())
    missing = [
        link for link in links if "://" not in link and not (page.parent / link).resolve().exists()
    ]
    # The picture is taken from the running demo.
    assert [link for link in missing if link != "docs/images/plan.png"] == []


def test_every_decision_is_listed():
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", (folder / "README.md").read_text()))
    assert listed == {file.name for file in folder.glob("[0-9]*.md")}


def test_no_file_names_a_registry():
    assert found(re.compile("|".join(map(re.escape, REGISTRIES)))) == []


def test_no_file_holds_a_path_of_somebodys_machine():
    assert found(MACHINE_PATHS) == []


def test_no_file_holds_a_secret():
    assert found(SECRETS) == []


@pytest.mark.parametrize("name", LOCK_FILES)
def test_lock_files_hold_hashes_and_no_address(name):
    text = (ROOT / name).read_text()
    assert "sha256:" in text or "sha512-" in text
    assert '"resolved"' not in text
    assert not re.search(r"--(index-url|extra-index-url|find-links)", text)


def test_compose_runs_all_processes_and_gives_the_owner_to_migrate_only():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert {"database", "valkey", "migrate", "web", "worker", "beat"} == set(services)
    owned = [
        name
        for name in ("migrate", "web", "worker", "beat")
        if "regimen_owner" in services[name]["environment"]["MIGRATION_DATABASE_URL"]
    ]
    assert owned == ["migrate"]


def test_every_path_that_the_page_on_security_names_exists():
    page = (ROOT / "docs" / "security.md").read_text()
    named = {path for path in re.findall(r"`([\w./-]+)`", page) if "/" in path and path[0] != "/"}
    assert len(named) > 30
    assert sorted(path for path in named if not (ROOT / path).is_file()) == []
