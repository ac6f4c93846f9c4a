"""E-mails to look at: the product's, written by Django's file-based backend, and the vendors'."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import hashlib
import re
from pathlib import Path

from django.http import Http404
from django.shortcuts import render

from tests.simulators import world

# The backend writes a line of 79 dashes after every message of a file.
BETWEEN = re.compile(rb"^-{79}\n", re.MULTILINE)
MOST_LISTED = 100


def newest_first() -> list[dict]:
    """`{"id", "origin", "to", "subject", "sent_at" (aware), "text"}` of every e-mail."""
    here = world.current()
    found = [_from_vendor(mail, here) for mail in here.outbox]
    if here.mail_dir and here.mail_dir.is_dir():
        for file in sorted(here.mail_dir.glob("*.log")):
            found.extend(_from_file(file))
    found.sort(key=lambda mail: mail["sent_at"], reverse=True)
    return found[:MOST_LISTED]


def _from_vendor(mail, here):
    return {
        "id": mail["id"],
        "origin": here.vendors[mail["vendor"]].title,
        "to": mail["to"],
        "subject": mail["subject"],
        "sent_at": dt.datetime.fromisoformat(mail["sent_at"]),
        "text": mail["text"],
    }


def _from_file(file: Path):
    for raw in BETWEEN.split(file.read_bytes()):
        if not raw.strip():
            continue
        message = email.message_from_bytes(raw, policy=email.policy.default)
        body = message.get_body(preferencelist=("plain", "html"))
        yield {
            "id": hashlib.sha256(raw).hexdigest()[:24],
            "origin": "Regimen",
            "to": message["to"] or "",
            "subject": message["subject"] or "(no subject)",
            "sent_at": _sent_at(message, file),
            "text": body.get_content() if body else "",
        }


def _sent_at(message, file):
    if message["date"] and message["date"].datetime:
        sent = message["date"].datetime
        return sent if sent.tzinfo else sent.replace(tzinfo=dt.UTC)
    return dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC)


def read(request, name):
    for mail in newest_first():
        if mail["id"] == name:
            return render(request, "simulators/mail.html", {"mail": mail})
    raise Http404(name)
