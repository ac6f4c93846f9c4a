"""The one place that opens a practice for management commands."""

from django.core.management.base import BaseCommand, CommandError

from practice import tenancy
from practice.models import Practice


class OperatorCommand(BaseCommand):
    """A command about all practices at once. It opens units by itself."""

    def execute(self, *args, **options):
        with tenancy.declare(tenancy.EVERYTHING), tenancy.acting(_actor(self)):
            return super().execute(*args, **options)


class PracticeCommand(BaseCommand):
    """A command that runs in one unit: of `--practice SLUG`, or of all with `--all-practices`.

    A command that calls vendors or works through many rows sets `in_one_unit` to False and
    opens units by itself in the scope that is declared for it.
    """

    in_one_unit = True

    def add_arguments(self, parser):
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--practice", metavar="SLUG")
        whose.add_argument("--all-practices", action="store_true")

    def execute(self, *args, **options):
        scope = tenancy.EVERYTHING
        if options.get("practice"):
            practice = Practice.objects.filter(slug=options["practice"]).first()
            if practice is None:
                raise CommandError(f"There is no practice {options['practice']}.")
            scope = tenancy.of_practice(practice.pk)
        with tenancy.declare(scope), tenancy.acting(_actor(self)):
            if not self.in_one_unit:
                return super().execute(*args, **options)
            with tenancy.unit():
                return super().execute(*args, **options)


def _actor(command) -> tenancy.Actor:
    return tenancy.Actor(via=f"command:{type(command).__module__.rpartition('.')[2]}")
