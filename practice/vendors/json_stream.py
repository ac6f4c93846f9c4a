"""A JSON array read from a file item by item, so that it is never in memory as a whole.

Not by ijson: it takes an object for an array without items, and its memory grows with the
square of the depth, so that a short broken answer ends the worker.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import BinaryIO

from practice.vendors import reading

CHUNK = 64 * 1024
# No row of a list is longer, so that a broken one cannot be read over and over.
LONGEST_ITEM = 4 * 1024 * 1024
_BLANKS = " \t\r\n"


def items(file: BinaryIO) -> Iterator[object]:
    """The items of the array in `file`, from its start, fractions as `Decimal`. `ValueError`
    where it is no array, is cut, or goes on behind its end: after the items before that."""
    return _Reader(file).items()


class _Reader:
    def __init__(self, file: BinaryIO):
        file.seek(0)
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._parse = reading.DECODER.raw_decode
        self._text, self._at, self._ended = "", 0, False

    def items(self) -> Iterator[object]:
        self._take("[")
        if self._next() == "]":
            self._take("]")
        else:
            yield self._item()
            while self._next() == ",":
                self._take(",")
                yield self._item()
            self._take("]")
        if self._next():
            raise ValueError("something follows the list")

    def _next(self) -> str:
        """The next character that is no blank, which stays; '' at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _BLANKS:
                self._at += 1
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def _take(self, character: str) -> None:
        if self._next() != character:
            raise ValueError(f"{character} is missing")
        self._at += 1

    def _item(self) -> object:
        self._next()
        while True:
            try:
                found, end = self._parse(self._text, self._at)
            except RecursionError:
                raise ValueError("nested too deeply") from None
            except json.JSONDecodeError:
                if not self._more():
                    raise
            else:
                # A number may go on in what is not read yet.
                if end < len(self._text) or not self._more():
                    self._at = end
                    return found
            if len(self._text) - self._at > LONGEST_ITEM:
                raise ValueError("an item is too long")

    def _more(self) -> bool:
        """Reads on, twice as much as is held. False at the end of the file."""
        if self._ended:
            return False
        held = self._text[self._at :]
        chunk = self._file.read(max(CHUNK, len(held)))
        self._ended = not chunk
        self._text, self._at = held + self._decode(chunk, final=not chunk), 0
        return not self._ended
