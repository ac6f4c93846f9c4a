"""Finding who may be the same among fifty thousand patients of one practice.

python -m tests.benches.duplicates [--patients 50000]
"""

import argparse
import os
import time

from tests.benches import scratch

NAME = f"bench_duplicates_{os.getpid()}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=50_000)
    asked = parser.parse_args()
    with scratch.database(NAME):
        measure(asked.patients)


def measure(number):
    # Django is set up by now.
    from practice import duplicates, tenancy
    from tests.factories import PracticeFactory
    from tests.practice import many

    with tenancy.unit(tenancy.EVERYTHING):
        practice = PracticeFactory(name="Bench", slug="bench")
        many.patients(practice, number)
        many.twice(practice, number // 500)
        began = time.perf_counter()
        found = duplicates.of_practice(practice)
        taken = time.perf_counter() - began
    print(f"{number:,} patients compared in {taken:.2f} s, {len(found)} pairs")


if __name__ == "__main__":
    main()
