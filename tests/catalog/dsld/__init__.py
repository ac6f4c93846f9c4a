"""Real labels, laid out as vendors lay them out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path

LABELS = json.loads((Path(__file__).parent / "labels.json").read_text(encoding="utf-8"))
UNITS = {"Gram(s)": "g", "{Calories}": "calories"}


@dataclass(frozen=True)
class Row:
    name: str
    form: str
    amount: str  # "1,000", "" where none is named
    unit: str
    percent: str
    is_inside: bool  # a blend

    @property
    def written_amount(self) -> str:
        unit = "" if self.unit == "calories" else self.unit
        return f"{self.amount} {unit}".strip()

    @property
    def written_name(self) -> str:
        return f"{self.name} (as {self.form})" if self.form else self.name


def rows(label) -> list[Row]:
    return [_row(one) for one in label["active"]]


def _row(one) -> Row:
    has_amount = one["unit"] not in ("NP", "Not Present")
    forms = [form for form in one["forms"] if form != "unspecified"]
    return Row(
        name=one["name"],
        form=", ".join(forms),
        amount=f"{one['quantity']:,.10g}" if has_amount else "",
        unit=UNITS.get(one["unit"], one["unit"]) if has_amount else "",
        percent=f"{one['daily_value_percent']:,.0f}" if one["daily_value_percent"] else "",
        is_inside=one["blend"],
    )


def as_table(label) -> str:
    """Three columns, parts of a blend moved by no-break spaces."""
    body = "".join(
        f"<tr><td>{'&nbsp;&nbsp;' * row.is_inside}{escape(row.written_name)}</td>"
        f"<td>{escape(row.written_amount)}</td>"
        f"<td>{row.percent + '%' if row.percent else '**'}</td></tr>"
        for row in rows(label)
    )
    return (
        "<table><tr><th colspan='3'>Supplement Facts</th></tr>"
        f"<tr><td colspan='3'>{_serving(label, '<br>')}</td></tr>"
        "<tr><th></th><th>Amount Per Serving</th><th>%DV</th></tr>"
        f"{body}<tr><td colspan='3'>** Daily Value (DV) not established</td></tr></table>"
        f"<p><strong>Other Ingredients:</strong> {escape(', '.join(label['other']))}.</p>"
    )


def as_wide_table(label) -> str:
    """An empty column before what is in a blend, the percentage in the amount's cell."""
    body = "".join(
        f"<tr>{'<td></td>' * row.is_inside}<td colspan='{2 - row.is_inside}'>"
        f"{escape(row.written_name)}<sup>†</sup></td>"
        f"<td>{escape(row.written_amount)}{f' ({row.percent}%)' if row.percent else ''}</td></tr>"
        for row in rows(label)
    )
    return f"<div>{_serving(label, '</div><div>')}</div><table>{body}</table>"


def as_lists(label) -> str:
    """No table: a list, and a list in it for what is in a blend."""
    written, is_inside = [], False
    for row in rows(label):
        if row.is_inside != is_inside:
            written.append("<ul>" if row.is_inside else "</ul>")
            is_inside = row.is_inside
        percent = f" {row.percent}%" if row.percent else ""
        written.append(f"<li>{escape(f'{row.written_name} ... {row.written_amount}{percent}')}")
    return f"<p>{_serving(label, '</p><p>')}</p><ul>{''.join(written)}</ul>"


def _serving(label, between) -> str:
    size = label["serving_sizes"][0]
    said = f"Serving Size: {size['minQuantity']:g} {size['unit']}"
    count = label["servings_per_container"]
    return f"{said}{between}Servings Per Container: {count:g}" if count else said
