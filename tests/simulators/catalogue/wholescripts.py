"""The market in WholeScripts' shape (WholeScripts reference 6.3): one row for each SKU."""

import random
import uuid

from tests.simulators.catalogue import brands, facts, pills, wording
from tests.simulators.catalogue.articles import Article, articles
from tests.simulators.catalogue.fullscript import price

CATEGORIES = (
    "Adrenal Support",
    "Antioxidant Activity",
    "Blood Sugar Support",
    "Body Composition",
    "Bone Health Support",
    "Cardiovascular Support",
    "Cell-Life Regulation",
    "Cytokine Balance Support",
    "Detoxification",
    "Essential Fatty Acids",
    "Female Health",
    "Gastrointestinal Support",
    "Immune System Support",
    "Joint & Muscle Support",
    "Liver Support",
    "Male Health",
    "Multivitamins & Minerals",
    "Neurologic & Cognitive",
    "Probiotics",
    "Relaxation & Sleep",
    "Sports Nutrition",
    "Thyroid Support",
)
_SITE = "https://www.wholescripts.com"
_SPACE = uuid.UUID("5b1f7c1e-0000-4000-8000-00000000d125")
_DOSING = (
    [{"time": "AM", "qty": 1}],
    [{"time": "AM", "qty": 1}, {"time": "PM", "qty": 1}],
    [{"time": "AM", "qty": 2}, {"time": "PM", "qty": 1}],
    [{"time": "PM", "qty": 2}],
    [],
)
# Rare, and none of them may be guessed at: a fraction, an unseen slot, no slot, nothing.
_ODD_DOSING = (
    [{"time": "AM", "qty": 0.5}],
    [{"time": "Midday with food", "qty": 1}],
    [{"time": "", "qty": 2}],
    [{"time": "AM", "qty": 1}, {"time": "AM", "qty": 2}],
    None,
)
_COINED = ("Quartet", "Tessera", "Halden", "Meridian", "Lantern", "Cascade", "Anchor", "Prelude")


def wholescripts_products(seed: int = 20, scale: int = 1) -> list[dict]:
    """Every product row, by SKU. Stock may be zero or negative, prices are numbers."""
    return [
        _row(seed, article)
        for article in sorted(articles(seed, scale), key=sku)
        if article.wholescripts
    ]


def wholescripts_brands(seed: int = 20, scale: int = 1) -> list[str]:
    return sorted({row["brand"] for row in wholescripts_products(seed, scale)} - {""})


def wholescripts_categories() -> list[str]:
    """The 22 documented ones. Products also name `All` and others not listed."""
    return list(CATEGORIES)


def sku(article: Article) -> str:
    """18 digits, zero-padded (reference 6.3)."""
    return f"{300_100_000 + article.number:018d}"


def _row(seed: int, article: Article) -> dict:
    rng = article.rng(seed, "wholescripts")
    retail = round(price(seed, article) * rng.choice((1, 1, 0.97, 1.04, 1.1)), 2)
    name = _name(seed, article)
    image = f"{article.number:07d}_{article.line.name.lower().replace(' ', '-')}.png"
    pill = pills.pill_sku(seed, article)
    return {
        "productName": f"{name} {_counted(rng, article)}",
        "sku": sku(article),
        "medPaxSku": pill,
        "medPaxDetails": pills.details(seed, article, name, retail) if pill else None,
        "categories": _categories(rng, article),
        "quantity": _stock(rng),
        "releaseDate": _updated(rng),
        "wholesalePrice": round(retail * 0.6, rng.choice((1, 2, 4))),
        "retailPrice": round(retail, 4),
        "upc": _barcode(rng, article),
        "count": str(article.count),
        "flavor": article.flavour,
        "descriptionShort": f"{article.line.name} in {article.form.many}"
        if rng.random() < 0.4
        else "",
        "descriptionFull": wording.prose(article, rng),
        "brand": _brand(rng, article),
        "weight": round(rng.uniform(1.2, 30), 1),
        "productImage": f"{_SITE}/images/thumbs/{image}",
        "supplementFactsHTML": _facts(rng, article),
        "defaultDosing": rng.choice(_ODD_DOSING if rng.random() < 0.08 else _DOSING),
        "drs": f"{_SITE}/ProductAttachments/DownloadFile/{uuid.uuid5(_SPACE, article.key)}",
        "countUnit": article.form.many,
        "weightUnit": "OZ",
        "warnings": _warnings(rng),
    }


def _name(seed: int, article: Article) -> str:
    """The house's own lines have coined names; others may hide their strength."""
    rng = article.rng(seed, "name")
    if article.brand is brands.XYMOGEN:
        word = random.Random(f"{seed}/coined/{article.line.name}").choice(_COINED)
        return f"{article.line.name} {word}™ {article.flavour} {article.strength_label}".replace(
            "  ", " "
        )
    title = wording.title(article)
    if article.twin_by_name:
        return wording.marked(rng, title)
    if rng.random() < 0.15:
        title = f"{article.line.name} {article.flavour}".strip()
    return wording.marked(rng, title)


def _counted(rng: random.Random, article: Article) -> str:
    unit = article.form.short if rng.random() < 0.3 else article.form.many
    return f"{article.count} {unit}"


def _brand(rng: random.Random, article: Article) -> str:
    if article.twin_by_name and rng.random() < 0.5:
        return article.brand.legal_name
    return article.brand.name


def _barcode(rng: random.Random, article: Article) -> str:
    """Sometimes the same number in 13 or 14 digits, or with the gaps of a label."""
    upc = article.wholescripts_upc
    if not (upc and article.fullscript) or rng.random() > 0.08:
        return upc
    return rng.choice((f"0{upc}", f"00{upc}", f"{upc[0]} {upc[1:6]} {upc[6:11]} {upc[11]}"))


def _categories(rng: random.Random, article: Article) -> str:
    draw = rng.random()
    if draw < 0.05:
        return "All"
    if draw < 0.08:
        return "Longevity Circle"  # on no list
    if draw < 0.1:
        return ""
    names = [article.line.category]
    if rng.random() < 0.4:
        names.append(rng.choice([name for name in CATEGORIES if name != names[0]]))
    return ",".join(names)


def _stock(rng: random.Random) -> int:
    draw = rng.random()
    if draw < 0.06:
        return -rng.randrange(1, 25)
    return 0 if draw < 0.14 else rng.randrange(1, 1200)


def _updated(rng: random.Random) -> str:
    """UTC without a zone, 0 to 7 digits of a second."""
    day = f"202{rng.randrange(3, 7)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
    clock = f"{rng.randrange(24):02d}:{rng.randrange(60):02d}:{rng.randrange(60):02d}"
    digits = "".join(rng.choice("0123456789") for _ in range(rng.randrange(8)))
    return f"{day}T{clock}{'.' + digits if digits else ''}"


def _facts(rng: random.Random, article: Article) -> str:
    draw = rng.random()
    if draw < 0.12:
        return ""
    html = facts.table(article, plain=draw < 0.4)
    return html + rng.choice(wording.HOSTILE) if draw > 0.95 else html


def _warnings(rng: random.Random) -> list[str]:
    draw = rng.random()
    if draw < 0.07:
        return ["Prop65BirthDefectCancer"]
    if draw < 0.09:
        return ["KeepColdOnArrival"]  # a code that nobody documented
    return []
