"""The words that the operator's staff opened for writing to a vendor.

Reading is open: a word that nobody knows is kept and shown as it came. Writing is closed: a
vendor gets the words that its reference documents, and those that are open here. They are read
anew for each plan, so that a word which was withdrawn is closed at once; a signed plan that would
read otherwise without it is held back (`recommendations.send`).
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import Q

from practice.models import VendorWord
from practice.vendors import registry
from practice.vendors.contract import Allowed, Vocabulary


class NotAWord(ValueError):
    """It cannot be opened: for its `word` or its `meaning`. `str()` is for the person."""

    def __init__(self, field: str, why: str):
        super().__init__(why)
        self.field = field


def allowed(vendor_key: str) -> Allowed:
    """What may be written to a vendor beyond the documented words. One query where it has
    vocabularies, none otherwise."""
    words = ()
    if registry.VENDORS[vendor_key].vocabularies:
        found = VendorWord.objects.open().filter(vendor=vendor_key).order_by("pk")
        words = tuple(row.as_value() for row in found)
    return Allowed(words, settings.VENDOR_PILLS_PER_PACKET.get(vendor_key))


def checked(vocabulary: Vocabulary, word: str, meaning: str) -> str:
    """`meaning` as it is kept, for a word that may be opened. Raises NotAWord."""
    try:
        found = vocabulary.meaning(meaning)
    except ValueError as wrong:
        raise NotAWord("meaning", str(wrong)) from None
    if word != word.strip() or not word.isprintable():
        raise NotAWord("word", "A word has no blank at its ends and no control characters.")
    if word in vocabulary.documented:
        raise NotAWord("word", f"“{word}” is documented: it is written as it is.")
    if found in vocabulary.documented.values():
        usual = next(key for key, value in vocabulary.documented.items() if value == found)
        raise NotAWord("meaning", f"“{usual}” is documented for this.")
    if vocabulary.read.get(word, found) != found:
        said = vocabulary.read[word].replace("_", "-")
        raise NotAWord("meaning", f"“{word}” is read as {said}: it can mean nothing else.")
    if why := vocabulary.refuse(word):
        raise NotAWord("word", why)
    return found


def open_word(row: VendorWord, by, how: str, now: dt.datetime) -> bool:
    """Opens a word that somebody verified, in the caller's unit. False where another is open
    that is spelt like it or means the same."""
    same = Q(word=row.word) | Q(meaning=row.meaning)
    others = VendorWord.objects.open().exclude(pk=row.pk)
    if others.filter(same, vendor=row.vendor, term=row.term).exists():
        return False
    row.open(by, how, now)
    return True
