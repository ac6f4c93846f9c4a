"""Signatures of inbound webhooks (ScriptRun reference 7.5, Fullscript reference 6.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.vendors import signature
from practice.vendors.contract import Verdict

SECRET = "made-up-hook-secret"
BODY = '{"id":"evt_1","data":{"note":"Zoë – señal ✓"}}'.encode()
NOW = 1_780_000_000


def signed(stamp=str(NOW), body=BODY, secret=SECRET):
    return signature.sign(secret, stamp.encode() + b"." + body).decode()


GOOD = signed()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"t={NOW},v1={GOOD}", Verdict.GENUINE),
        (f" t = {NOW} , v1 = {GOOD} ", Verdict.GENUINE),
        (f"t={NOW},v1={GOOD.upper()}", Verdict.GENUINE),
        (f"t={NOW},v0=abc,v1={GOOD},x", Verdict.GENUINE),
        (f"t={NOW},v1={'0' * 64},v1={GOOD}", Verdict.GENUINE),
        (f"t={NOW},v1={GOOD},v1={'0' * 64}", Verdict.GENUINE),
        (f"t={NOW},v1={signed(secret='another')}", Verdict.FORGED),
        (f"t={NOW},v1={signed(body=BODY + b' ')}", Verdict.FORGED),
        (f"t={NOW + 1},v1={GOOD}", Verdict.FORGED),
        (f"t={NOW},v1=5a3e", Verdict.FORGED),
        (f"t={NOW},v1=", Verdict.FORGED),
        (f"t={NOW},v1=é", Verdict.FORGED),
        (f"t={NOW}", Verdict.MALFORMED),
        (f"v1={GOOD}", Verdict.MALFORMED),
        (f"t=,v1={GOOD}", Verdict.MALFORMED),
        (f"t=abc,v1={signed(stamp='abc')}", Verdict.MALFORMED),
        (f"t=-1,v1={signed(stamp='-1')}", Verdict.MALFORMED),
        (f"t=1e9,v1={signed(stamp='1e9')}", Verdict.MALFORMED),
        (f"t={NOW},t={NOW},v1={GOOD}", Verdict.MALFORMED),
        (f"t={'1' * 13},v1={GOOD}", Verdict.MALFORMED),
        ("t=１２３,v1=00", Verdict.MALFORMED),
        ("", Verdict.MALFORMED),
        (None, Verdict.MALFORMED),
    ],
)
def test_a_header_proves_what_it_proves(header, expected):
    assert signature.verify(header, BODY, [SECRET], NOW) == expected


@pytest.mark.parametrize(
    ("drift", "expected"),
    [
        (300, Verdict.GENUINE),
        (-300, Verdict.GENUINE),
        (301, Verdict.STALE),
        (-301, Verdict.STALE),
        (86_400, Verdict.STALE),
    ],
)
def test_five_minutes_either_way_are_accepted(drift, expected):
    header = f"t={NOW},v1={GOOD}"
    assert signature.verify(header, BODY, [SECRET], NOW + drift) == expected


def test_any_of_several_secrets_may_have_signed():
    header = f"t={NOW},v1={signed(secret='newer')}"
    assert signature.verify(header, BODY, [SECRET, "newer"], NOW) is Verdict.GENUINE


def test_an_empty_secret_signs_nothing():
    header = f"t={NOW},v1={signed(secret='')}"
    assert signature.verify(header, BODY, ["", ""], NOW) is Verdict.FORGED
    assert signature.verify(header, BODY, [], NOW) is Verdict.FORGED


def test_a_stale_forgery_is_a_forgery():
    header = f"t={NOW},v1={'0' * 64}"
    assert signature.verify(header, BODY, [SECRET], NOW + 9_999) is Verdict.FORGED


@given(st.text(max_size=80), st.binary(max_size=40))
def test_no_header_and_no_body_makes_it_raise(header, body):
    assert signature.verify(header, body, [SECRET], NOW) in (Verdict.FORGED, Verdict.MALFORMED)
