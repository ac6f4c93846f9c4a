"""Connecting as a person does: our page, the vendor's consent page, and back."""

from urllib.parse import parse_qsl, urlsplit

import requests

NORA = "nora.lindqvist@harbor-integrative.example"


def connect(client, simulators, slug: str, vendor: str, email: str = NORA):
    """Walks `client` (Django's, signed in) through a vendor's consent page, which runs over
    real HTTP. Answers the response of our callback."""
    there = client.get(f"/{slug}/connections/{vendor}/begin")
    assert there.status_code == 302, there.content
    back = consent(there["Location"], simulators, vendor, email)
    return client.get(f"{back.path}?{back.query}")


def consent(url: str, simulators, vendor: str, email: str):
    """Presses "Allow" on the vendor's page; answers the address it sends the browser to."""
    form = {"decision": "allow", "practitioner": email}
    if vendor == "fullscript":
        held = simulators.holds("fullscript")
        people = (held["practitioners"] | held["staff"]).values()
        person = next(person["id"] for person in people if person["email"] == email)
        form = {"answer": "authorize", "person": person}
    given = dict(parse_qsl(urlsplit(url).query))
    with requests.Session() as browser:
        browser.trust_env = False
        answer = browser.post(url, data=given | form, allow_redirects=False, timeout=10)
    assert answer.status_code in (302, 303), answer.text
    return urlsplit(answer.headers["Location"])
