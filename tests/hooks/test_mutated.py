"""Goal W5: a signed event that was changed anywhere is accepted nowhere, and breaks nothing.

The suite changes two thousand; `make soak` a hundred thousand."""

import random
import time

import pytest

from practice.models import Receipt
from tests.hooks.posting import HOOK, receipts, signed, told
from tests.simulators.fullscript.app import WEBHOOK_KEY
from tests.simulators.fullscript.webhooks import payload

pytestmark = pytest.mark.django_db
BODY = payload(told(), "event_payload", "")


def flipped(dice, body, header):
    at, bit = dice.randrange(len(body)), 1 << dice.randrange(8)
    return body[:at] + bytes([body[at] ^ bit]) + body[at + 1 :], header


def cut(dice, body, header):
    return body[: dice.randrange(1, len(body))], header


def longer(dice, body, header):
    return body + dice.randbytes(dice.randint(1, 40)), header


def reordered(dice, body, header):
    at = dice.randrange(1, len(body))
    changed = body[at:] + body[:at]
    return changed, header


def another_hex(dice, body, header):
    at = dice.randrange(header.index("v1=") + 3, len(header))
    other = dice.choice([c for c in "0123456789abcdef" if c != header[at]])
    return body, header[:at] + other + header[at + 1 :]


def another_time(dice, body, header):
    stamp, rest = header.removeprefix("t=").split(",")
    return body, f"t={int(stamp) + dice.choice([-200, -7, 7, 200])},{rest}"


def odd_header(dice, body, header):
    stamp, value = header.split(",")
    odd = (
        *("", ",", "t=", "v1=", stamp, value, f"{stamp};{value}", f"{stamp},{stamp},{value}"),
        *(f"{stamp},v1=", f"{stamp},v2={value[3:]}", f"t=-1,{value}", f"t=1e9,{value}"),
        *(f"t={'9' * 400},{value}", f"{stamp},v1={'a' * 63}", f"{stamp},v1={'é' * 64}"),
    )
    return body, dice.choice(odd)


def by_another_key(dice, body, header):
    return body, signed(body, dice.randbytes(16).hex(), time.time())


CHANGES = (
    *(flipped, cut, longer, reordered),
    *(another_hex, another_time, odd_header, by_another_key),
)


@pytest.mark.parametrize("count", [2000, pytest.param(100_000, marks=pytest.mark.soak)])
def test_what_was_changed_is_accepted_nowhere(client, count):
    dice = random.Random(7)
    header = signed(BODY, WEBHOOK_KEY, time.time())
    answers = {}
    for number in range(count):
        if number % 1000 == 0:
            header = signed(BODY, WEBHOOK_KEY, time.time())
        body, sent = dice.choice(CHANGES)(dice, BODY, header)
        answer = client.post(
            HOOK,
            body,
            content_type="application/json",
            headers={"Fullscript-Signature": sent},
            # Each from an address of its own: nobody is held up for what another sent.
            REMOTE_ADDR=f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
        )
        answers[answer.status_code] = answers.get(answer.status_code, 0) + 1
    assert set(answers) <= {400, 401}, answers
    assert receipts() == []


def test_what_was_not_changed_is_accepted(client):
    """The check above would notice one that came in."""
    client.post(
        HOOK,
        BODY,
        content_type="application/json",
        headers={"Fullscript-Signature": signed(BODY, WEBHOOK_KEY, time.time())},
    )
    assert [receipt.state for receipt in receipts()] == [Receipt.State.NEW]
