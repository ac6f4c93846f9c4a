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


SECURITY = (ROOT / "docs" / "security.md").read_text()
# How many requirements of levels 1 and 2 each section of ASVS 5.0.0 begins with.
REQUIREMENTS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5,
    "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2,
    "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11,
    "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1,
    "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5,
    "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip


def requirements_named() -> list[str]:
    """Each number of the table's first column and of the list below it; "to" fills the gap."""
    page = SECURITY[SECURITY.index("## OWASP") : SECURITY.index("## The operator's")]
    cells = [
        line.split("|")[1] if line[0] == "|" else line
        for line in page.splitlines()
        if line.startswith(("| ", "- "))
    ]
    found = []
    for first, last in re.findall(r"\b(\d+\.\d+\.\d+)(?: to (\d+\.\d+\.\d+))?", "\n".join(cells)):
        section, _, number = first.rpartition(".")
        until = int((last or first).rpartition(".")[2])
        found += [f"{section}.{n}" for n in range(int(number), until + 1)]
    return found


def test_the_page_on_security_names_each_requirement_once():
    wanted = [f"{section}.{n + 1}" for section, most in REQUIREMENTS.items() for n in range(most)]
    assert sorted(requirements_named()) == sorted(wanted)


def test_every_path_and_test_that_the_page_on_security_names_exists():
    named = {
        name
        for name in re.findall(r"`([\w./:-]+)`", SECURITY)
        if "/" in name and name[0] != "/" and not name.startswith("http")
    }
    assert len(named) > 100
    missing = []
    for path, _, test in (name.partition("::") for name in named):
        file = ROOT / path
        if not file.is_file() or (test and f"def {test}(" not in file.read_text()):
            missing.append(f"{path} {test}")
    assert sorted(missing) == []
