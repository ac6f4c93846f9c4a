"""Seals everything anew under the newest of ENCRYPTION_KEYS."""

import time
from collections import Counter

from django.core.management.base import CommandError

from practice import rotate, sealing
from practice.commands import OperatorCommand

EVERY = 5  # seconds between two lines of progress


class Command(OperatorCommand):
    help = (
        "Seals every secret anew under the newest of ENCRYPTION_KEYS while the site runs. "
        "May be stopped at any time and started again."
    )

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="only count, by key")

    def handle(self, *args, check, **options):
        if not check:
            self.rotate(next(iter(sealing.keys())))
        self.say_what_is_left()

    def rotate(self, newest: str):
        began = said = time.monotonic()
        unopened = []
        for holder in rotate.holders():
            sealed = lost = 0
            for done in holder.batches(newest):
                sealed, lost = sealed + done.sealed, lost + done.lost
                unopened += done.unopened
                if time.monotonic() - said > EVERY:
                    said = time.monotonic()
                    self.stdout.write(f"  {holder.name}: {sealed} so far")
            more = f", {lost} written by others meanwhile" if lost else ""
            self.stdout.write(f"{holder.name}: {sealed} sealed with {newest}{more}")
        self.stdout.write(f"Took {time.monotonic() - began:.1f} s.")
        if unopened:
            self.say_what_is_left()
            raise CommandError(
                "These do not open with any key: altered, or moved here from another place. "
                "They were left as they are: " + "; ".join(unopened)
            )

    def say_what_is_left(self):
        by_key = Counter()
        for holder in rotate.holders():
            counts = holder.counts()
            by_key += counts
            shown = ", ".join(f"{count} with {key}" for key, count in sorted(counts.items()))
            self.stdout.write(f"{holder.name}: {shown or 'nothing'}")
        newest, *older = sealing.keys()
        for key_id in older:
            left = by_key.pop(key_id, 0)
            self.stdout.write(
                f"Key {key_id}: {left} values left; run rotate_keys again."
                if left
                else f"Key {key_id}: nothing is sealed with it; it may be dropped."
            )
        by_key.pop(newest, None)
        if left := by_key.pop(rotate.PLAIN, 0):
            self.stdout.write(f"{left} values are not sealed yet; run rotate_keys.")
        if by_key:
            raise CommandError(
                f"ENCRYPTION_KEYS lacks {', '.join(sorted(by_key))}: "
                f"{by_key.total()} values do not open. Put the key back."
            )
