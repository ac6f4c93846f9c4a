"""Secrets at rest: bound to their place, opened by every key, sealed by the newest."""

import base64
import os

import pytest

from practice import sealing
from practice.models import Connection, CourierAccount, Receipt
from practice.second_step import MFAAdapter


def key(name):
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


def account(pk=1, practice_id=1):
    return CourierAccount(pk=pk, practice_id=practice_id)


def sealed(text="rx-key"):
    row = account()
    sealing.seal(row, "api_key", text)
    return row


def test_a_secret_opens_where_it_was_sealed():
    row = sealed("päss wörd")
    assert sealing.unseal(row, "api_key") == "päss wörd"
    assert "päss" not in row.api_key


def test_the_same_secret_is_never_sealed_the_same_twice():
    assert sealed().api_key != sealed().api_key


@pytest.mark.parametrize(
    ("place", "field"),
    [
        (account(pk=2), "api_key"),
        (account(practice_id=2), "api_key"),
        (account(), "hook_secret"),
        (Connection(pk=1, practice_id=1), "access_token"),
    ],
    ids=["another row", "another practice", "another field", "another table"],
)
def test_a_copied_secret_does_not_open(place, field):
    setattr(place, field, sealed().api_key)
    with pytest.raises(sealing.CannotOpen):
        sealing.unseal(place, field)


@pytest.mark.parametrize("value", ["", "v1", "v1.t1", "v1.t1.%%%", "v1.t1.", "v2.t1.AAAA", "plain"])
def test_what_was_never_sealed_does_not_open(value):
    row = account()
    row.api_key = value or "v1.unknown." + sealed().api_key.split(".")[2]
    with pytest.raises(sealing.CannotOpen):
        sealing.unseal(row, "api_key")


def test_an_altered_secret_does_not_open():
    row = sealed()
    version, name, encoded = row.api_key.split(".")
    raw = bytearray(base64.b64decode(encoded))
    raw[-1] ^= 1
    row.api_key = f"{version}.{name}.{base64.b64encode(raw).decode()}"
    with pytest.raises(sealing.CannotOpen):
        sealing.unseal(row, "api_key")


def test_an_error_carries_no_secret():
    row = sealed("rx-key")
    row.practice_id = 2
    with pytest.raises(sealing.CannotOpen) as caught:
        sealing.unseal(row, "api_key")
    assert str(caught.value) == "practice.CourierAccount.api_key"


def test_the_newest_key_seals_and_all_open(settings):
    old, new = key("k1"), key("k2")
    settings.ENCRYPTION_KEYS = [old]
    before = sealed("kept")
    settings.ENCRYPTION_KEYS = [new, old]
    after = sealed("kept")
    assert after.api_key.startswith("v1.k2.")
    assert sealing.unseal(before, "api_key") == sealing.unseal(after, "api_key") == "kept"


def test_a_retired_key_opens_no_more(settings):
    settings.ENCRYPTION_KEYS = [key("k1")]
    row = sealed()
    settings.ENCRYPTION_KEYS = [key("k2")]
    with pytest.raises(sealing.CannotOpen):
        sealing.unseal(row, "api_key")


def test_an_empty_secret_stays_empty():
    row = sealed("")
    assert row.api_key == ""
    assert sealing.unseal(row, "api_key") == ""


@pytest.mark.parametrize("row", [account(pk=None), account(practice_id=None)])
def test_a_row_without_a_place_seals_nothing(row):
    with pytest.raises(ValueError, match="saved row of a practice"):
        sealing.seal(row, "api_key", "rx-key")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (["k1:%%%"], "key 1 is not base64"),
        (["k1:" + base64.b64encode(bytes(16)).decode()], "key 1 is not `id:` and 32 bytes"),
        ([key("k1"), "nonsense"], "key 2"),
        ([key("k.1")], "key 1"),
        ([key("")], "key 1"),
    ],
)
def test_a_malformed_key_is_named_by_its_place(settings, keys, said):
    settings.ENCRYPTION_KEYS = keys
    with pytest.raises(ValueError, match=said):
        sealing.keys()


def test_rolling_a_hook_secret_keeps_the_former_one_open():
    row = account()
    row.save = lambda **options: None
    row.roll_secret("first")
    row.roll_secret("second")
    assert row.secrets() == ["second", "first"]


def receipt(endpoint="scriptrun/1", event_id="e1"):
    return Receipt(endpoint=endpoint, event_id=event_id)


def kept(body=b'{"name": "Elena"}'):
    row = receipt()
    row.keep(body)
    return row


def test_a_receipt_opens_before_and_after_it_has_its_id_and_practice():
    row = kept()
    assert b"Elena" not in row.body
    row.pk, row.practice_id = 9, 3
    assert row.content() == b'{"name": "Elena"}'


@pytest.mark.parametrize(
    "elsewhere",
    [receipt(event_id="e2"), receipt(endpoint="scriptrun/2"), receipt("scriptrun", "1/e1")],
)
def test_a_receipt_moved_to_another_event_or_practices_address_does_not_open(elsewhere):
    elsewhere.body = kept().body
    with pytest.raises(sealing.CannotOpen):
        elsewhere.content()


def test_an_altered_receipt_does_not_open():
    row = kept()
    row.body = row.body[:-1] + bytes([row.body[-1] ^ 1])
    with pytest.raises(sealing.CannotOpen):
        row.content()


def test_a_second_steps_secret_opens_nowhere_else():
    text = MFAAdapter().encrypt("TOTP-SECRET")
    assert (MFAAdapter().decrypt(text), "TOTP" in text) == ("TOTP-SECRET", False)
    with pytest.raises(sealing.CannotOpen):
        sealing.open_for("session", text)
    row = account()
    row.api_key = text
    with pytest.raises(sealing.CannotOpen):
        sealing.unseal(row, "api_key")


@pytest.mark.parametrize("twice", [["k1", "k1"], ["k1", "k2"]], ids=["id", "key"])
def test_a_key_stands_there_once(settings, twice):
    first = key(twice[0])
    settings.ENCRYPTION_KEYS = [first, f"{twice[1]}:{first.partition(':')[2]}"]
    with pytest.raises(ValueError, match="key 2 or its id stands there twice"):
        sealing.keys()
