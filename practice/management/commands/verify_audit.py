import datetime as dt
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from practice import audit_heads, audit_verify
from practice.commands import PracticeCommand

SHOWN = 20


class Command(PracticeCommand):
    help = "Recomputes the audit trail's seals and compares them with heads kept outside."
    in_one_unit = False

    def add_arguments(self, parser):
        parser.add_argument("--heads", metavar="FILE", help="signed lines, or a log with them")
        parser.add_argument("--head", metavar="LINE", action="append", default=[])
        parser.add_argument("--public-key", metavar="BASE64", action="append", default=[])
        parser.add_argument("--since", metavar="YYYY-MM-DD", type=dt.date.fromisoformat)

    def handle(self, **options):
        report = audit_verify.verify(self._heads(options), options["since"])
        self.stdout.write(
            f"{report.days} sealed days with {report.rows} entries were recomputed"
            f"{f', up to {report.sealed_until}' if report.sealed_until else ''}. "
            f"{report.tail} entries wait for their seal."
        )
        if report.vouched_until:
            self.stdout.write(f"Heads from outside vouch for them up to {report.vouched_until}.")
        else:
            self.stdout.write(
                "No head from outside was given: who rewrote the entries and all seals after "
                "them would not be found. Use --heads."
            )
        for found in report.findings[:SHOWN]:
            self.stderr.write(str(found))
        if report.findings:
            raise CommandError(f"The trail is not as it was sealed. First: {report.findings[0]}")
        self.stdout.write("The trail is as it was sealed.")

    def _heads(self, options) -> list[audit_heads.Head]:
        """Of the file and the lines given, else of AUDIT_HEADS_FILE where that is there."""
        file = options["heads"] or ("" if options["head"] else settings.AUDIT_HEADS_FILE)
        written = list(options["head"])
        try:
            keys = audit_heads.public_keys(options["public_key"])
            if file and (options["heads"] or Path(file).exists()):
                with open(file, encoding="utf-8", errors="replace") as lines:
                    return audit_heads.read((*lines, *written), keys)
            return audit_heads.read(written, keys)
        except (OSError, ValueError) as error:
            raise CommandError(str(error))
        except audit_heads.NotGenuine as error:
            raise CommandError(f"A head from outside is not genuine: {error}.")
