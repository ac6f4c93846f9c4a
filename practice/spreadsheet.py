"""Reading a CSV file somebody's spreadsheet wrote, and writing one that is safe to open.

Nothing is guessed silently: what is no text, has no end of a quoted cell, or is too large
is refused in plain words.
"""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass

MOST_BYTES = 2 * 1024 * 1024
MOST_LINES = 5000
MOST_COLUMNS = 100
DELIMITERS = ",;\t"
FORMULA = tuple("=+-@\t\r")
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .xls
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SAVE_AS = "Open it in the spreadsheet, choose “Save as” and the type “CSV UTF-8”."


class NotReadable(Exception):
    """The file cannot be read. `str()` is for the person."""


@dataclass(frozen=True)
class Line:
    """One line of the table. `number` is where it begins in the file, the heading being 1."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Sheet:
    headings: list[str]
    lines: list[Line]


def read(name: str, content: bytes) -> Sheet:
    """Raises NotReadable."""
    if not name.lower().endswith(".csv"):
        raise NotReadable(f"The name of the file does not end in .csv. {SAVE_AS}")
    if len(content) > MOST_BYTES:
        raise NotReadable("The file is larger than 2 MB. Split it into smaller ones.")
    text = _decoded(content)
    lines = _lines(text, _delimiter(text))
    headings = next(lines, None)
    if headings is None:
        raise NotReadable("The file is empty. The first line names the columns.")
    if len(headings.cells) > MOST_COLUMNS:
        raise NotReadable(f"The file has more than {MOST_COLUMNS} columns.")
    found = []
    for line in lines:
        if len(found) == MOST_LINES:
            raise NotReadable(f"The file has more than {MOST_LINES:,} lines. Split it.")
        found.append(line)
    if not found:
        raise NotReadable("The file has a heading and no lines below it.")
    return Sheet([cell.strip() for cell in headings.cells], found)


def write(rows) -> str:
    """The rows as CSV. A cell that a spreadsheet would take for a formula is written as text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows([[neutral(cell) for cell in row] for row in rows])
    return out.getvalue()


def neutral(cell) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def _plain(cell: str) -> str:
    """Without the mark that `neutral` put before it."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _decoded(content: bytes) -> str:
    """UTF-8, with or without its mark, or Windows-1252."""
    if content.startswith(WORKBOOKS):
        raise NotReadable(f"This is a workbook, not a CSV file. {SAVE_AS}")
    if content.startswith(WIDE) or b"\0" in content:
        raise NotReadable(f"This is not a plain text file, or it is saved as UTF-16. {SAVE_AS}")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotReadable(f"The letters of this file cannot be read. {SAVE_AS}")


def _delimiter(text: str) -> str:
    """What separates the most cells in the heading."""
    heading = next(iter(text.lstrip().splitlines()), "")
    return max(DELIMITERS, key=lambda sign: len(next(csv.reader([heading], delimiter=sign), [])))


def _lines(text: str, delimiter: str):
    """The lines that are not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Line(begins, [_plain(cell) for cell in cells])
            begins = reader.line_num + 1
    except csv.Error:
        raise NotReadable(
            f"The file cannot be read from line {begins} on: a quotation mark is missing, "
            "or a cell is much too long."
        ) from None
