"""The market in Fullscript's REST shape (Fullscript reference 5.8): products with variants."""

import random
import uuid

from tests.simulators.catalogue import facts, wording
from tests.simulators.catalogue.articles import Article, articles

_SPACE = uuid.UUID("5b1f7c1e-0000-4000-8000-00000000f511")
_FREQUENCIES = ("once per day", "twice per day", "three times per day", "as needed")
_DURATIONS = ("as needed", "1 month", "2 months", "3 months", "ongoing")
_INFO = ("with food", "on an empty stomach", "before bed", "", "take with water & a meal")


def fullscript_products(seed: int = 20, scale: int = 1) -> list[dict]:
    """Every product, each with one variant for each count. Prices are decimal text.

    A variant keeps its id, SKU and barcode over runs with the same seed.
    """
    families: dict[tuple, list[Article]] = {}
    for article in articles(seed, scale):
        if article.fullscript:
            families.setdefault(article.family, []).append(article)
    return [_product(seed, members) for members in families.values()]


def variant_id(seed: int, article: Article) -> str:
    return _id(seed, "variant", article.key)


def _product(seed: int, members: list[Article]) -> dict:
    lead = members[len(members) // 2]
    rng = random.Random(f"{seed}/fullscript/{lead.family}")
    variants = [_variant(seed, article, article is lead) for article in members]
    primary = next(variant for variant in variants if variant["primary"])
    keys = ("id", "units", "unit_of_measure", "msrp")
    return {
        "id": _id(seed, "product", lead.family),
        "name": _name(rng, members),
        "description_html": _description(lead, rng),
        "brand": _brand(seed, rng, members),
        "dosage": {
            "recommended_amount": rng.choice(("1", "2", "1-2", "1/2", "2-3")),
            "recommended_frequency": rng.choice(_FREQUENCIES),
            "recommended_duration": rng.choice(_DURATIONS),
            "format": lead.form.one,
            "additional_info": rng.choice(_INFO),
        },
        "custom_dosage": _custom_dosage(rng, lead),
        "primary_variant": {key: primary[key] for key in keys},
        "variants": variants,
    }


def _name(rng: random.Random, members: list[Article]) -> str:
    """Respelled where a twin can only be found by name; now and then very long."""
    name = wording.marked(rng, wording.title(members[0]))
    if any(article.twin_by_name for article in members):
        name = wording.respelled(rng, name)
    if rng.random() < 0.02:
        name += ", Professional Strength, Non-GMO, Third-Party Tested for Purity, Made Without "
        name += "Wheat, Gluten, Soybeans, Dairy, Egg, Fish, Shellfish, Peanuts or Tree Nuts"
    return name


def _brand(seed: int, rng: random.Random, members: list[Article]) -> dict:
    """One id for each maker; the name shows its legal form where the twin is by name."""
    brand = members[0].brand
    careless = any(article.twin_by_name for article in members) and rng.random() < 0.5
    return {
        "id": _id(seed, "brand", brand.number),
        "name": brand.legal_name if careless else brand.name,
        "prefix": brand.prefix,
    }


def _description(article: Article, rng: random.Random) -> str:
    """Prose, then the facts table in four of five."""
    html = wording.prose(article, rng)
    return html + facts.table(article, plain=rng.random() < 0.3) if rng.random() < 0.8 else html


def _custom_dosage(rng: random.Random, article: Article) -> dict | None:
    if rng.random() > 0.08:
        return None
    return {
        "recommended_amount": "1",
        "recommended_frequency": "twice per day",
        "recommended_duration": "3 months",
        "format": article.form.one,
        "additional_info": "between meals",
    }


def _variant(seed: int, article: Article, primary: bool) -> dict:
    rng = article.rng(seed, "variant")
    unit = article.form.many
    return {
        "id": variant_id(seed, article),
        "sku": f"{20 + article.brand.number % 70}{article.brand.prefix}{100000 + article.number}",
        "primary": primary,
        "units": str(article.count),
        "unit_of_measure": unit if unit == "fl oz" else unit.lower(),
        "availability": rng.choice(("In Stock",) * 8 + ("Out of Stock", "Backordered")),
        "status": "discontinued" if rng.random() < 0.03 else "available",
        "upc": article.fullscript_upc,
        "msrp": f"{price(seed, article):.2f}",
        "supplier_sku": f"{article.brand.prefix}-{article.line.name[:3].upper()}-{article.count}",
    }


def price(seed: int, article: Article) -> float:
    """Retail dollars; more pills cost more, and less each."""
    rng = random.Random(f"{seed}/price/{article.family}")
    base = rng.uniform(9, 24)
    steps = article.form.counts.index(article.count)
    return round(base * (1 + 0.62 * steps) + 0.99 - base % 1, 2)


def _id(seed: int, kind: str, key) -> str:
    """Looks like the vendor's ids, and is the same for the same seed."""
    return str(uuid.uuid5(_SPACE, f"{seed}/{kind}/{key}"))
