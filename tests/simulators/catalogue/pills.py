"""The pills that MedPax packs are made of (WholeScripts reference 8.2 and 8.4)."""

import random

from tests.simulators.catalogue.articles import Article


def pill_sku(seed: int, article: Article) -> str:
    """One pill for all counts of a family; '' for what cannot be packed (reference 8.2).

    Pills and packs share the prefix 2..., as at the vendor: classify by list.
    """
    if not article.form.swallowed or article.brand.number < 9000 and article.number % 3:
        return ""
    rng = random.Random(f"{seed}/pill/{article.family}")
    return f"{rng.choice((100, 200))}{rng.randrange(100_000, 999_999)}".zfill(18)


def generic_name(article: Article) -> str:
    return f"{article.line.name} {article.strength_label}".upper()


def details(seed: int, article: Article, name: str, retail: float) -> dict | None:
    """Stock in pills and price for one pill (reference 8.4). A few rows have none."""
    rng = random.Random(f"{seed}/pill-details/{article.family}")
    if rng.random() < 0.06:
        return None
    each = retail / article.count
    return {
        "quantity": rng.choice((0, -12, rng.randrange(200, 9000), rng.randrange(200, 9000))),
        "wholesalePrice": round(each * 0.6, 2),
        "retailPrice": round(each, 2),
        "name": f"{name} {article.form.many}",
        "genericName": generic_name(article),
    }
