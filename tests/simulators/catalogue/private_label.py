"""One practitioner's own products at WholeScripts (WholeScripts reference 7.3 and 8.2)."""

import random

from tests.simulators.catalogue.articles import articles
from tests.simulators.catalogue.pills import generic_name, pill_sku

# Shown only inside the vendor's recommendation examples; no endpoint returns it.
PACK_SKU = "000000000200000633"


def wholescripts_private_label(seed: int, practitioner: str, scale: int = 1) -> dict:
    """The three lists. `practitioner` is an e-mail address; each gets products of its own.

    Every pill that can be packed is listed; about one in four has the practice's own name.
    """
    rng = random.Random(f"{seed}/private/{practitioner.lower()}")
    own_name = practitioner.partition("@")[0].split(".")[-1].title()
    stock = [a for a in articles(seed, scale) if a.wholescripts and a.form.swallowed]
    chosen = rng.sample(stock, 6)
    return {
        "privateLabelProducts": [
            _product(rng, own_name, 300_950_000 + rng.randrange(9_000) * 10 + place, article)
            for place, article in enumerate(chosen)
        ],
        "medPaxPills": _pills(seed, scale, rng, own_name),
        "privateLabelCartons": [
            {
                "sku": f"{200_970_000 + rng.randrange(9_999):018d}",
                "name": f"{own_name} Wellness",
                "cartonImage": "https://www.wholescripts.com/images/default-image.png",
                "quantity": rng.choice((0, 250)),
            }
        ],
    }


def _product(rng: random.Random, own_name: str, number: int, article) -> dict:
    retail = round(rng.uniform(18, 70), 2)
    unit = article.form.many[0]
    return {
        "privateLabelName": f"{own_name} {article.line.name} {article.count} {unit}",
        "sku": f"{number:018d}",
        "quantity": rng.choice((0, 37, 240, -2)),
        "wholesalePrice": round(retail / 2, 2),
        "retailPrice": retail,
        "upc": "",
        "count": str(article.count),
        "flavor": article.flavour,
        "weight": round(rng.uniform(1, 6), 1),
        "countUnit": article.form.many,
        "weightUnit": "OZ",
        "isOnBackorder": rng.random() < 0.3,
    }


def _pills(seed: int, scale: int, rng: random.Random, own_name: str) -> list[dict]:
    pills = {}
    for article in articles(seed, scale):
        sku = pill_sku(seed, article)
        if article.wholescripts and sku and sku not in pills:
            named = f"{own_name} {article.line.name}" if rng.random() < 0.25 else ""
            pills[sku] = {
                "sku": sku,
                "genericName": generic_name(article),
                "privateLabelName": named,
            }
    return [pills[sku] for sku in sorted(pills)]
