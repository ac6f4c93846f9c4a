"""How well listings of two shops are matched, on pairs whose truth is known, and how fast.

python -m tests.benches.match [--tuning] [--scale 8] [--large 100000] [--labels FILE]

The figures are of the seed that nothing was tuned by; `--tuning` shows those of the other.
`--large` also matches that many listings with as many. `--labels` folds the labels of a
file (JSON: a list of objects with a name and a brand) and compares each with all others of
its brand: what it links there is printed, to be judged by eye.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from collections import Counter, defaultdict
from pathlib import Path

from tests.benches import scratch

NAME = f"bench_match_{os.getpid()}"
SHOWN = 25
BOTH_SHOPS = ("fullscript", "wholescripts")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tuning", action="store_true")
    parser.add_argument("--scale", type=int, default=8)
    parser.add_argument("--large", type=int, default=0)
    parser.add_argument("--labels", type=Path)
    asked = parser.parse_args()
    with scratch.database(NAME):
        scored(asked.tuning, asked.scale)
        if asked.large:
            large(asked.large)
        if asked.labels:
            real(asked.labels)


def scored(tuning: bool, scale: int):
    from tests.benches import labels

    seed = labels.TUNING if tuning else labels.SCORING
    shops = labels.rows(seed, scale)
    seconds = [store_and_match(*shop) for shop in zip(BOTH_SHOPS, shops, strict=True)]
    print(f"{len(shops[0]):,} and {len(shops[1]):,} listings, seed {seed}, {sum(seconds):.1f} s")
    report(shops)


def report(shops):
    """Precision, recall and F1 of what was linked with no person's help."""
    product, tier = products()
    asked = questions()
    by_truth = defaultdict(lambda: ([], []))
    for place, shop in enumerate(shops):
        for row in shop:
            by_truth[row.truth][place].append(row)
    truths = {
        (one.sku, other.sku): (one, other)
        for ones, others in by_truth.values()
        for one in ones
        for other in others
    }
    row_of = {row.sku: row for shop in shops for row in shop}
    members = defaultdict(lambda: ([], []))
    for place, shop in enumerate(shops):
        for row in shop:
            members[product[row.sku]][place].append(row.sku)
    linked = {
        (one, other): "gtin" if "gtin" in (tier[one], tier[other]) else "name"
        for ones, others in members.values()
        for one in ones
        for other in others
    }
    coded = {pair for pair, (one, other) in truths.items() if one.upc and one.upc == other.upc}
    print("tier       linked  right  precision  true pairs  recall     F1")
    for name, of_tier, true in (
        ("barcode", {p for p, how in linked.items() if how == "gtin"}, coded),
        ("name", {p for p, how in linked.items() if how == "name"}, truths.keys() - coded),
        ("both", set(linked), set(truths)),
    ):
        right = len(of_tier & truths.keys())
        found = len(true & linked.keys())
        precision, recall = right / max(1, len(of_tier)), found / max(1, len(true))
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        print(
            f"{name:9}{len(of_tier):8,}{right:7,}{precision:11.4%}{len(true):12,}{recall:8.2%}{f1:7.4f}"
        )
    missed = set(truths) - linked.keys()
    print(
        f"asked of a person: {len(asked):,} pairs, {len(asked & missed):,} of them one product; "
        f"missed and not asked: {len(missed - asked):,}"
    )
    traps(shops, linked)
    why = Counter(kind for pair in missed for kind in truths[pair][1].noise or ("none",))
    print("noise of what was not linked:", ", ".join(f"{k} {n}" for k, n in why.most_common(8)))
    for words, pairs in (
        ("linked wrongly", linked.keys() - truths.keys()),
        ("missed and not asked", missed - asked),
    ):
        print(f"{words}: {len(pairs):,}" + (f", the first {SHOWN}" if len(pairs) > SHOWN else ""))
        for one, other in sorted(pairs)[:SHOWN]:
            print(f"  {shown(row_of[one])}  |  {shown(row_of[other])}")


def traps(shops, linked):
    """Pairs of one maker's line that differ: none of them may be linked."""
    lines = defaultdict(list)
    for row in shops[0]:
        lines[row.maker_and_line].append(row)
    found, fell = Counter(), Counter()
    for other in shops[1]:
        for one in lines[other.maker_and_line]:
            if one.truth == other.truth:
                continue
            why = "+".join(
                name
                for name in ("strength", "count", "form", "flavour")
                if getattr(one.article, name) != getattr(other.article, name)
            )
            why = "+".join(filter(None, (why, "word" if one.turn != other.turn else "")))
            found[why] += 1
            fell[why] += (one.sku, other.sku) in linked
    hard = {why for why in found if set(why.split("+")) & {"strength", "count", "form"}}
    print(
        f"traps: {sum(found[why] for why in hard):,} of another strength, count or form, "
        f"linked {sum(fell[why] for why in hard)}; {sum(found.values()):,} in all, "
        f"linked {sum(fell.values())}"
    )
    alone = {why: count for why, count in found.items() if "+" not in why}
    print("  by one difference: " + ", ".join(f"{w} {n} ({fell[w]})" for w, n in alone.items()))


def shown(row) -> str:
    return f"[{row.brand} / {row.name} / {row.count} {row.unit} {row.flavor} {row.upc}]"


def store_and_match(vendor: str, rows) -> float:
    """Seconds that matching takes once the rows are stored."""
    from django.utils import timezone

    from catalog import keys, match
    from catalog.models import Listing
    from practice import tenancy
    from practice.vendors.contract import Kind

    now = timezone.now()
    with tenancy.unit(tenancy.EVERYTHING):
        Listing.objects.bulk_create(
            (
                Listing(
                    vendor=vendor,
                    sku=row.sku,
                    kind=Kind.BOTTLE,
                    name=row.name,
                    brand=row.brand,
                    upc=row.upc,
                    count=row.count,
                    count_unit=row.unit,
                    flavor=row.flavor,
                    gtin=keys.gtin(row.upc),
                    name_key=keys.facts(
                        name=row.name,
                        brand=row.brand,
                        count=row.count,
                        unit=row.unit,
                        flavor=row.flavor,
                    ).key,
                    first_seen_at=now,
                    seen_at=now,
                )
                for row in rows
            ),
            batch_size=5000,
        )
    began = time.perf_counter()
    with tenancy.declare(tenancy.EVERYTHING):
        for _ in match.run(None):
            pass
    return time.perf_counter() - began


def products() -> tuple[dict[str, int], dict[str, str]]:
    from catalog.models import Listing
    from practice import tenancy

    with tenancy.unit(tenancy.EVERYTHING):
        found = list(Listing.objects.values_list("sku", "product_id", "matched_by"))
    return {sku: product for sku, product, _ in found}, {sku: how for sku, _, how in found}


def questions() -> set[tuple[str, str]]:
    from catalog.models import Review
    from practice import tenancy

    with tenancy.unit(tenancy.EVERYTHING):
        pairs = Review.objects.open().values_list("one__sku", "other__sku")
        return {tuple(sorted(pair)) for pair in pairs}


def large(number: int):
    """Goal R4: `number` listings of one shop, then as many of another."""
    from catalog.models import Listing, Product, Review
    from practice import tenancy
    from tests.benches import labels

    with tenancy.unit(tenancy.EVERYTHING):
        for model in (Review, Listing, Product):
            model.objects.all().delete()
    scale = number // 480 + 1
    shops = [shop[:number] for shop in labels.rows(labels.SCORING, scale)]
    before = peak()
    seconds = [store_and_match(*shop) for shop in zip(BOTH_SHOPS, shops, strict=True)]
    product, _ = products()
    print(
        f"{len(shops[0]):,} by {len(shops[1]):,} listings matched in {sum(seconds):.0f} s "
        f"({seconds[0]:.0f} s and {seconds[1]:.0f} s), {len(set(product.values())):,} products, "
        f"{len(questions()):,} questions; peak memory {peak():,.0f} MB, of which "
        f"{before:,.0f} MB before it began"
    )


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def real(path: Path):
    from catalog import keys, score

    folded = defaultdict(list)
    for label in json.loads(path.read_text()):
        facts = keys.facts(name=label["name"], brand=label["brand"])
        folded[facts.brand].append((label["name"], facts))
    pairs = links = 0
    for brand, found in folded.items():
        for place, (name, facts) in enumerate(found):
            for other, theirs in found[:place]:
                pairs += 1
                points = score.points(facts, theirs)
                if points >= score.ASKED and name != other:
                    links += 1
                    if links <= SHOWN:
                        print(f"  {points}: {brand}: {name}  |  {other}")
    print(f"real labels: {pairs:,} pairs of one brand compared, {links:,} alike enough to ask")


if __name__ == "__main__":
    main()
