"""A dispensary's patients beside a practice's own: the list, and taking all new ones in.

python -m tests.benches.roster [--theirs 2000] [--ours 5000]
"""

import argparse
import os
import time

from tests.benches import scratch

NAME = f"bench_roster_{os.getpid()}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--theirs", type=int, default=2000)
    parser.add_argument("--ours", type=int, default=5000)
    asked = parser.parse_args()
    with scratch.database(NAME):
        measure(asked.theirs, asked.ours)


def measure(theirs, ours):
    # Django is set up by now.
    from django.utils import timezone

    from practice import admit, known_there, tenancy
    from practice.roster import Group, Roster
    from practice.vendors.contract import PatientRow
    from tests.factories import ConnectionFactory, MembershipFactory, PracticeFactory, UserFactory
    from tests.practice import many

    now = timezone.now()
    with tenancy.unit(tenancy.EVERYTHING):
        practice = PracticeFactory(name="Bench", slug="bench")
        member = MembershipFactory(practice=practice, user=UserFactory())
        account = ConnectionFactory(
            membership=member, vendor="fullscript", state="active", account_id="clinic"
        )
        many.patients(practice, ours)
    read = [
        PatientRow(
            f"v{n}",
            f"Given{n % 997}",
            f"Family{n}",
            f"v{n}@mail.example",
            now.date().replace(year=1940 + n % 80, day=1 + n % 28),
            phone=f"+1813555{n % 10000:04}",
        )
        for n in range(theirs)
    ]
    with tenancy.declare(tenancy.of_practice(practice.pk, member.user_id)):
        told(f"{theirs:,} written down", lambda: known_there.keep(account, read, now))
        told(f"{theirs:,} written down again", lambda: known_there.keep(account, read, now))

        def listed():
            with tenancy.unit():
                return Roster(account).of(Group.NEW)

        told(f"their list beside {ours:,} of ours", listed)
        with tenancy.unit():
            ids = [entry.row.pk for entry in listed()]

            def take_in():
                admit.take_in(account, ids, by=member, now=now)

            told(f"{len(ids):,} new ones taken in and linked", take_in)
        told("the list once all are linked", listed)


def told(what, act):
    began = time.perf_counter()
    act()
    print(f"{what}: {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    main()
