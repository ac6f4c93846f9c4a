"""Which rows are the same product, and which only look so."""

from itertools import product

from tests.simulators.catalogue.articles import PLACEHOLDER_UPC, Article, articles
from tests.simulators.catalogue.fullscript import variant_id
from tests.simulators.catalogue.wholescripts import sku


def twins(seed: int = 20, scale: int = 1) -> list[tuple[str, str, str]]:
    """(Fullscript variant id, WholeScripts SKU, how) for every article both list.

    `how` is `upc` where both give the same barcode, else `name`.
    """
    return [
        (variant_id(seed, article), sku(article), "name" if article.twin_by_name else "upc")
        for article in articles(seed, scale)
        if article.fullscript and article.wholescripts
    ]


def traps(seed: int = 20, scale: int = 1) -> list[tuple[str, str, str]]:
    """(Fullscript variant id, WholeScripts SKU, why not) for pairs that must stay apart.

    Same maker and line, and `strength`, `form`, `flavour` or `count` different (joined by
    `+` where several are); or all the same but the `brand`; or one `placeholder` barcode on
    unlike things; or a `wrong_upc`, where one side carries the other's barcode by mistake.
    """
    rows = articles(seed, scale)
    theirs: dict[str, list[Article]] = {}
    for article in rows:
        if article.wholescripts:
            theirs.setdefault(article.line.name, []).append(article)
    found = []
    for article in rows:
        if article.fullscript:
            for other in theirs.get(article.line.name, ()):
                why = _why_apart(article, other)
                if why:
                    found.append((variant_id(seed, article), sku(other), why))
    return found + _placeholders(seed, rows)


def _why_apart(ours: Article, other: Article) -> str:
    differences = [
        name
        for name in ("strength", "form", "flavour", "count")
        if getattr(ours, name) != getattr(other, name)
    ]
    if ours.brand != other.brand:
        return "" if differences else "brand"
    if not differences:
        return ""
    if ours.fullscript_upc and ours.fullscript_upc == other.wholescripts_upc != PLACEHOLDER_UPC:
        return "wrong_upc"
    return "+".join(differences)


def _placeholders(seed: int, rows) -> list[tuple[str, str, str]]:
    ours = [a for a in rows if a.fullscript_upc == PLACEHOLDER_UPC]
    theirs = [a for a in rows if a.wholescripts_upc == PLACEHOLDER_UPC]
    return [
        (variant_id(seed, a), sku(b), "placeholder")
        for a, b in product(ours, theirs)
        if a.brand != b.brand and a.line is not b.line
    ]
