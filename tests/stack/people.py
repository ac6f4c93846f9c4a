"""The people of the demo. All are made up; vendors know the clinicians by the same e-mail."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass

PASSWORD = "regimen demo 2026"
# The operator's authenticator app: the staff desk asks for a second step.
SECRET = "REGIMENDEMOSTAFFDESKSTEPTWO23456"


@dataclass(frozen=True)
class Person:
    email: str
    name: str
    role: str
    practice: str = ""
    is_clinician: bool = False


PRACTICES = (
    ("harbor", "Harbor Integrative Clinic", "America/New_York"),
    ("meadow", "Meadow Functional Medicine", "America/Chicago"),
)

FIRST = Person(
    "nora.lindqvist@harbor-integrative.example",
    "Nora Lindqvist, ND",
    "practitioner",
    "harbor",
    is_clinician=True,
)

MEMBERS = (
    FIRST,
    Person(
        "samuel.okafor@harbor-integrative.example",
        "Samuel Okafor, MD",
        "practitioner",
        "harbor",
        is_clinician=True,
    ),
    Person("ingrid.solberg@harbor-integrative.example", "Ingrid Solberg", "owner", "harbor"),
    Person("ivy.brandt@harbor-integrative.example", "Ivy Brandt", "assistant", "harbor"),
    Person(
        "clara.whitfield@meadow-functional.example",
        "Clara Whitfield, MD",
        "owner",
        "meadow",
        is_clinician=True,
    ),
)
OPERATOR = Person("operator@regimen.example", "Operator's staff", "staff")

# practice, first name, last name, e-mail, birth date, sex, phone, allergies
PATIENTS = (
    ("harbor", "Elena", "Marsh", "elena.marsh@mail.example", "1984-03-09", "female",
     "+18135550111", "Shellfish"),
    ("harbor", "Theo", "Albrecht", "theo.albrecht@mail.example", "1971-11-22", "male",
     "+18135550112", ""),
    ("harbor", "Priya", "Nandakumar", "nandakumar.family@mail.example", "1989-06-30", "female",
     "+18135550113", "Gluten, soy"),
    ("harbor", "Arjun", "Nandakumar", "nandakumar.family@mail.example", "2016-02-14", "male",
     "+18135550113", "Peanut"),
    ("harbor", "Anna", "Kowalska", "anna.kowalska@mail.example", "1992-08-01", "female",
     "+18135550114", ""),
    ("harbor", "Anna", "Kowalska", "a.kowalska@post.example", "1958-01-17", "female",
     "+18135550115", "Penicillin"),
    ("harbor", "Lewis", "Grant", "lewis.grant@mail.example", "1949-09-03", "male",
     "+18135550116", ""),
    ("harbor", "Mei", "Tanaka", "", "2001-12-19", "female", "+18135550117", ""),
    ("meadow", "Elena", "Marsh", "elena.marsh@mail.example", "1984-03-09", "female",
     "+13125550111", "Shellfish"),
    ("meadow", "Marcus", "Bell", "marcus.bell@mail.example", "1966-05-12", "male",
     "+13125550121", "Sulfa"),
    ("meadow", "Joanna", "Petrov", "petrov.home@mail.example", "1980-12-03", "female",
     "+13125550122", ""),
    ("meadow", "Owen", "Hart", "owen.hart@mail.example", None, "x", "+13125550123", ""),
)  # fmt: skip

STREETS = (
    ("100 Sample Ave", "Apt 4"), ("9 Test Ct", ""), ("27 Lantern Row", ""), ("27 Lantern Row", ""),
    ("311 Harbor View Dr", "Unit 12"), ("58 Old Mill Rd", ""), ("1204 Cedar St", ""),
    ("77 Garden Ter", "Apt 2B"), ("15 Prairie Ln", ""), ("402 Lakeside Blvd", ""),
    ("6 Orchard Way", ""), ("88 Meadow Loop", ""),
)  # fmt: skip
TOWNS = {"harbor": ("Tampa", "FL", "33602"), "meadow": ("Chicago", "IL", "60614")}


def table() -> str:
    rows = [("Sign in as", "Role", "Practice")]
    names = {slug: name for slug, name, _ in PRACTICES}
    for person in (*MEMBERS, OPERATOR):
        role = f"{person.role}{' and clinician' if person.is_clinician else ''}"
        rows.append((person.email, role, names.get(person.practice, "Django admin, /admin/")))
    lines = [f"  {email:<44} {role:<27} {practice}" for email, role, practice in rows]
    words = f"  Everybody's password: {PASSWORD}"
    step = (
        f"  The operator's code: {code(time.time())} now, later from `.venv/bin/python -m "
        f"tests.stack.people`,\n  or in an authenticator app with the secret {SECRET}"
    )
    return "\n".join([*lines, words, step])


def code(at: float, secret: str = SECRET) -> str:
    """The six digits that an authenticator app shows at `at` (RFC 6238), the operator's or that
    of another `secret`."""
    counter = (int(at) // 30).to_bytes(8)
    digest = hmac.digest(base64.b32decode(secret), counter, hashlib.sha1)
    place = digest[-1] & 15
    return f"{(int.from_bytes(digest[place : place + 4]) & 0x7FFFFFFF) % 1_000_000:06d}"


if __name__ == "__main__":
    print(code(time.time()))
