"""A made-up supplement market, the same for the same seed.

Both dispensaries sell from one list of articles, so what is truly the same product is
known: `twins` is the ground truth for matching, `traps` the pairs that only look alike.
No row is copied from anywhere; brands other than `XYMOGEN®` and `WholeScripts` are
invented, and barcodes come from ranges that are never given to a company.

`scale` multiplies the number of brands, for benchmarks: 1 gives about 600 variants at
Fullscript and 390 products at WholeScripts.
"""

from tests.simulators.catalogue.fullscript import fullscript_products
from tests.simulators.catalogue.pairs import traps, twins
from tests.simulators.catalogue.private_label import wholescripts_private_label
from tests.simulators.catalogue.wholescripts import (
    wholescripts_brands,
    wholescripts_categories,
    wholescripts_products,
)

__all__ = [
    "fullscript_products",
    "traps",
    "twins",
    "wholescripts_brands",
    "wholescripts_categories",
    "wholescripts_private_label",
    "wholescripts_products",
]
