"""A vendor's HTML, or plain text, as the lines that a person sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from lxml import etree

LONGEST_HTML = 200_000
LONGEST_LINE = 4000
# What begins a line of its own. A table's row is a line, its cells the parts of one.
BLOCKS = {"br", "p", "div", "li", "ul", "ol", "table", "dl", "dt", "dd", "hr", "caption", "pre"}
BLOCKS |= {"h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header", "footer", "body"}
CELLS = {"td", "th"}
SILENT = {"script", "style", "template", "noscript", "title"}
STEP = 2  # how far a list, a class or a bullet moves a line to the right

_PARSER = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
_TAG = re.compile(r"<[a-zA-Z/!]")
# Where a line without cells has parts: before what stands far to the right of a word.
_GAP = re.compile(r"(?<=\S)(?:\t+|\s*\.{3,}\s*| {3,})(?=\S)")
_LEAD = re.compile(r"[\s\u00a0\u2000-\u200a]*")
_BULLET = re.compile(r"(?:[-–—•·◦▪]\s*)+(?=\D)")
_MOVED = re.compile(r"indent|sub-?row|child|nested|(?:padding|margin)-(?:left|inline-start)", re.I)
_PIXELS = re.compile(r"(?:(?:padding|margin)-(?:left|inline-start)|text-indent):\s*(\d{1,3})")


class Line(NamedTuple):
    """`cells` are folded texts, of which one at least says something; `indent` grows with how far
    to the right it stands, 0 at the margin."""

    cells: tuple[str, ...]
    indent: int = 0


def lines(html: str) -> Iterator[Line]:
    """Never raises. What stands behind `LONGEST_HTML` characters is not looked at: no label is
    as long."""
    html = html[:LONGEST_HTML]
    if not _TAG.search(html):
        for line in html.splitlines():
            yield from _row([line], len(line) - len(line.lstrip()))
        return
    root = _tree(html)
    if root is None:
        return
    row, cell, depth, moved, silent = [], [], 0, 0, 0
    in_row = False
    for event, node in etree.iterwalk(root, events=("start", "end")):
        tag = node.tag
        if event == "start":
            if tag in CELLS:
                if not in_row:
                    yield from _of_cells(row, cell, moved + STEP * depth)
                    row, cell, moved, in_row = [], [], 0, True
                row.append(cell)
                cell, moved = [], moved or _indent(node)
            elif tag == "tr" or (tag in BLOCKS and not in_row):
                yield from _of_cells(row, cell, moved + STEP * depth)
                row, cell, in_row = [], [], in_row or tag == "tr"
                moved = _indent(node)
            elif tag in BLOCKS:
                cell.append("\n")
            depth += tag in ("ul", "ol")
            silent += tag in SILENT
            text = node.text
        else:
            depth -= tag in ("ul", "ol")
            silent -= tag in SILENT
            if tag == "tr":
                yield from _of_cells(row, cell, moved + STEP * depth)
                row, cell, moved = [], [], 0
            elif tag == "table":
                yield from _of_cells(row, cell, moved)
                row, cell, moved, in_row = [], [], 0, False
            elif tag in BLOCKS and tag != "br":
                if in_row:
                    cell.append("\n")
                else:
                    yield from _of_cells(row, cell, moved + STEP * max(0, depth - (tag != "li")))
                    row, cell, moved = [], [], 0
            text = node.tail
        if text and not silent:
            cell.append(text.replace("\n", " "))
    yield from _of_cells(row, cell, moved)


def _tree(html: str):
    try:
        return etree.fromstring(html.encode("utf-8", "replace"), _PARSER)
    except etree.LxmlError:
        return None


def _indent(node) -> int:
    if not node.attrib:
        return 0
    said = f"{node.get('class', '')} {node.get('style', '')}"
    if not _MOVED.search(said):
        return 0
    found = _PIXELS.search(said)
    return max(1, int(found[1]) // 5) if found else STEP


def _of_cells(row: list[list[str]], cell: list[str], indent: int) -> Iterator[Line]:
    """`row` holds what stood before each cell, `cell` what stands in the last."""
    if row:
        parts = ["".join(one) for one in (*row[1:], cell)]
        before = "".join(row[0])
        if before.strip():
            yield from _row([before], indent)
        yield from _row(parts, indent)
    elif cell:
        yield from _row(["".join(cell)], indent)


def _row(parts: list[str], indent: int) -> Iterator[Line]:
    """One line of `parts`, or several where each part has the same number of lines in it."""
    if any("\n" in part for part in parts):
        broken = [[one for one in part.split("\n") if one.strip()] for part in parts]
        counts = {len(one) for one in broken if one}
        if len(counts) == 1 and counts != {1}:
            for together in zip_longest(*broken, fillvalue=""):
                yield from _line(together, indent)
            return
        if sum(map(bool, broken)) == 1:
            for one in next(filter(None, broken)):
                yield from _row([one], indent)
            return
    if len(parts) == 1:
        parts = _GAP.split(parts[0])
    yield from _line(parts, indent)


def _line(parts, indent: int) -> Iterator[Line]:
    cells = [" ".join(part.split()) for part in parts]
    first = next((place for place, text in enumerate(cells) if text), None)
    if first is None:
        return
    # A no-break space moves a line; so do an empty first cell and a bullet.
    indent += parts[first][: _LEAD.match(parts[first]).end()].count("\u00a0")
    indent += STEP * (first > 0)
    bare = _BULLET.sub("", cells[first], count=1) if _BULLET.match(cells[first]) else cells[first]
    if bare != cells[first]:
        indent += STEP
        cells[first] = bare
    yield Line(tuple(text[:LONGEST_LINE] for text in cells[first:]), indent)
