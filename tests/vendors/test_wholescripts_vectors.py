"""The vendor's dosing, value by value: what is read, what may be written, what stays text
(WholeScripts reference 8.6)."""

import pytest

from practice.vendors.wholescripts import dosing, listings, payloads

# What came, what it says, and whether we may write it like that.
READ = [
    ("1-AM|2-PM", [(1, "AM"), (2, "PM")], True),
    ("1-AM|1-PM", [(1, "AM"), (1, "PM")], True),
    ("3-PM", [(3, "PM")], True),
    ("", [], True),
    (None, [], False),  # comes in answers only
    ("1-Bedtime without food", [(1, "Bedtime without food")], False),  # a packet's time
    ("1-AM | 2-PM", [(1, "AM"), (2, "PM")], False),  # blanks are read, never written
]
# Fractions, nothing, halves of a segment, the wrong way round, words, a time twice.
STAYS_TEXT = ["0.5-AM", "0-AM", "AM", "1-", "1-AM|", "AM-1", "one-AM", "1-AM|1-AM"]


@pytest.mark.parametrize(("text", "says", "_"), READ)
def test_it_is_read(text, says, _):
    assert dosing.segments(text) == tuple(says)


@pytest.mark.parametrize(("text", "_", "is_ours"), READ)
def test_it_is_written_in_that_form_or_not_at_all(text, _, is_ours):
    assert (dosing.write(dosing.doses(text)) == text) is is_ours


@pytest.mark.parametrize("text", STAYS_TEXT)
def test_it_is_no_dose_and_is_kept_word_for_word(text):
    assert dosing.segments(text) is None
    entry = {"id": 7, "status": "Sent", "items": [{"sku": "1", "quantity": 1, "dosing": text}]}
    (line,) = payloads.held_plan(entry).lines
    assert (line.doses, line.sig) == ((), text)


@pytest.mark.parametrize("text", ["0.5-AM", "0-AM", "one-AM", "1-AM|1-AM"])
def test_as_a_default_it_is_never_a_dose_to_send(text):
    parts = [part.split("-") for part in text.split("|")]
    advice = [{"time": time, "qty": quantity} for quantity, time in parts]
    bottle, *_ = listings.product_rows({"sku": "1", "productName": "Zinc", "defaultDosing": advice})
    assert (bottle.default_doses, bottle.default_sig) == ((), text)
