from django.utils import timezone

from practice import audit_heads, audit_seal
from practice.commands import PracticeCommand


class Command(PracticeCommand):
    help = "Seals the finished days of the audit trail and prints their signed heads."
    in_one_unit = False

    def add_arguments(self, parser):
        """It always runs over all practices."""

    def handle(self, **options):
        made = audit_seal.missing(timezone.now())
        for seal in made:
            head = audit_heads.Head(seal.day, seal.rows, seal.last_id, seal.head)
            self.stdout.write(audit_heads.line_of(head))
        self.stdout.write(f"{len(made)} day{'' if len(made) == 1 else 's'} sealed.")
