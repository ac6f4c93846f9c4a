"""The CSV import of the Packages page (reference section 8), offered as an action."""

import csv
import io

from tests.simulators.scriptrun import check, packages

COLUMNS = (
    "patient_name",
    "patient_address",
    "patient_phone",
    "rx_number",
    "copay_amount",
    "priority",
    "delivery_date",
    "notes",
)


def take(world, key: str, text: str) -> dict:
    """`{"created", "errors": [{"row", "message"}], "ignored_columns"}`; rows count from 1.

    Good rows are imported beside bad ones, empty cells are left out, and columns with an
    unknown name are ignored without a word in the rows.
    """
    rows = csv.DictReader(io.StringIO(text, newline=""))
    created, errors = 0, []
    for number, row in enumerate(rows, 1):
        order, wrong = _order(row)
        wrong = wrong or [f"{field} {what}" for field, what in check.problems(world, order)]
        if wrong:
            errors.append({"row": number, "message": wrong[0]})
            continue
        packages.make(world, key, order, source="csv")
        created += 1
    ignored = [name for name in rows.fieldnames or () if name not in COLUMNS]
    return {"created": created, "errors": errors, "ignored_columns": ignored}


def _order(row: dict) -> tuple[dict, list[str]]:
    order = {name: row[name] for name in COLUMNS if row.get(name)}
    if "copay_amount" in order:
        try:
            order["copay_amount"] = float(order["copay_amount"])
        except ValueError:
            return order, ["copay_amount must be dollars"]
    return order, []
