"""Which rows are the same product, and which only look so."""

from itertools import islice

from tests.simulators.catalogue.articles import PLACEHOLDER_UPC, Article, articles
from tests.simulators.catalogue.fullscript import variant_id
from tests.simulators.catalogue.wholescripts import sku

# How many of the pairs that grow with the square of the market are listed for each article.
FEW = 3


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
    theirs = [article for article in rows if article.wholescripts]
    by_maker, by_thing = {}, {}
    for article in theirs:
        by_maker.setdefault(_maker(article), []).append(article)
        by_thing.setdefault(_thing(article), []).append(article)
    pairs = []
    for article in rows:
        if article.fullscript:
            for other in by_maker.get(_maker(article), ()):
                why = _why_apart(article, other)
                if why:
                    pairs.append((article, other, why))
            alike = (b for b in by_thing.get(_thing(article), ()) if b.brand != article.brand)
            pairs += [(article, other, "brand") for other in islice(alike, FEW)]
    pairs += _placeholders(rows, theirs)
    return [(variant_id(seed, ours), sku(other), why) for ours, other, why in pairs]


def _maker(article: Article) -> tuple:
    return (article.brand.number, article.line.name)


def _thing(article: Article) -> tuple:
    """Everything but the maker."""
    return (*article.family[1:], article.count)


def _why_apart(ours: Article, other: Article) -> str:
    """For two of one maker's line; '' when they are the same."""
    differences = [
        name
        for name in ("strength", "form", "flavour", "count")
        if getattr(ours, name) != getattr(other, name)
    ]
    if not differences:
        return ""
    if ours.fullscript_upc and ours.fullscript_upc == other.wholescripts_upc != PLACEHOLDER_UPC:
        return "wrong_upc"
    return "+".join(differences)


def _placeholders(rows, theirs):
    """Unlike things that carry the same barcode of zeros."""
    zeros = [other for other in theirs if other.wholescripts_upc == PLACEHOLDER_UPC]
    for ours in rows:
        if ours.fullscript_upc == PLACEHOLDER_UPC:
            unlike = (b for b in zeros if b.brand != ours.brand and b.line is not ours.line)
            yield from ((ours, other, "placeholder") for other in islice(unlike, FEW))
