"""Migrates as the owner, collects the static files and seeds: one start of Django for all."""

from django.core.management import BaseCommand, call_command


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        call_command("migrate", database="owner", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("seed_demo", all_practices=True)
