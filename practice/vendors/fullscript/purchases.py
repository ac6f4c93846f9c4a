"""Orders, laboratory orders and their results, as Fullscript writes them (reference 5.7, 10).

Of an order only the documented subset is read, and no money at all: it stays in `raw`. What
is not documented of laboratory orders is looked for under each name it was seen by.
"""

from __future__ import annotations

from practice.vendors import reading
from practice.vendors.contract import HeldLabOrder, HeldLabResult, HeldOrder, LabTest, OrderLine
from practice.vendors.fullscript import vocabulary

# Of a laboratory order: who the patient is stands on our side, the vendor's word is not kept.
NAMES = frozenset(
    {"first_name", "last_name", "email", "date_of_birth", "mobile_number", "patient_name"}
)
TOGETHER = "All results together"


def order(found: dict) -> HeldOrder:
    return HeldOrder(
        id=reading.text(found.get("id")),
        number=reading.text(found.get("order_number")),
        patient_id=_id(found, "patient"),
        placed_at=reading.instant(found.get("completed_at")),
        lines=tuple(_line(item) for item in reading.mappings(found.get("line_items"))),
        raw_state=reading.text(found.get("state")) or reading.text(found.get("status")),
        plan_ids=reading.texts(found.get("treatment_plan_ids") or []),
        practitioner_ids=reading.texts(found.get("practitioner_ids") or []),
        raw=reading.plain(found),
    )


def _line(item: dict) -> OrderLine:
    """Text and samples disagree on where a laboratory's line says so (6.6): both are read."""
    kind, lab = reading.text(item.get("type")), reading.text(item.get("lab_type"))
    known = (vocabulary.LINE_KINDS.get(word.lower()) for word in (kind, lab) if word)
    return OrderLine(
        sku=reading.text(item.get("variant_id")),
        quantity=reading.whole(item.get("quantity")),
        kind=next(filter(None, known), "labs" if lab else "other"),
        raw_kind=kind or lab,
    )


def lab_order(found: dict) -> HeldLabOrder:
    raw_state = reading.text(found.get("state")) or reading.text(found.get("status"))
    tests = tuple(
        LabTest(reading.text(test.get("id")), reading.text(test.get("name")))
        for test in reading.mappings(found.get("tests"))
    )
    name = reading.text(found.get("name"))
    return HeldLabOrder(
        id=reading.text(found.get("id")),
        state=vocabulary.LAB_STATES.get(raw_state.lower(), "unknown"),
        raw_state=raw_state,
        patient_id=_id(found, "patient"),
        name=name,
        tests=tests,
        results=_results(found, tests, name),
        practitioner_id=_id(found, "practitioner"),
        raw=reading.plain(_nameless(found)),
    )


def _results(found: dict, tests: tuple[LabTest, ...], name: str) -> tuple[HeldLabResult, ...]:
    """Each result once. Which tests it answers is not said: one test gives it its name,
    several do not (10)."""
    usual = tests[0].name if len(tests) == 1 else name
    rows = {}
    for item in reading.mappings(found.get("results")):
        if number := reading.text(item.get("id")) or reading.text(item.get("artifact_id")):
            given = reading.text(item.get("name")) or usual or number
            rows[number] = HeldLabResult(number, given, _file(item))
    latest = reading.mapping(found.get("latest_aggregated_result"))
    number = reading.text(latest.get("id")) or reading.text(latest.get("artifact_id"))
    if number and (number not in rows or not rows[number].url):
        given = rows[number].name if number in rows else TOGETHER
        rows[number] = HeldLabResult(number, given, _file(latest))
    return tuple(rows.values())


def _file(item: dict) -> str:
    keys = ("pdf_url", "url", "download_url")
    return next(filter(None, (reading.text(item.get(key)) for key in keys)), "")


def lab_test(found: dict) -> LabTest:
    return LabTest(reading.text(found.get("id")), reading.text(found.get("name")))


def _id(found: dict, what: str) -> str:
    flat = reading.text(found.get(f"{what}_id"))
    return flat or reading.text(reading.mapping(found.get(what)).get("id"))


def _nameless(value):
    """`value` without who the patient is, at any depth, and without addresses of files."""
    if isinstance(value, dict):
        return {
            key: {"id": item.get("id")} if key == "patient" and isinstance(item, dict)
            else _nameless(item)
            for key, item in value.items()
            if key not in NAMES and not key.endswith("url")
        }  # fmt: skip
    if isinstance(value, list):
        return [_nameless(item) for item in value]
    return value
