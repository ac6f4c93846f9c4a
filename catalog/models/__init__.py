"""The merged catalogue: each vendor's SKUs, and what they have in common."""

from catalog.models.brand_alias import BrandAlias
from catalog.models.card import OwnCard, SharedCard, Synonym, Word
from catalog.models.files import ListingFile
from catalog.models.formulary import Favourite, FormularyEntry, Standing
from catalog.models.listing import Listing
from catalog.models.product import Product
from catalog.models.review import Review
from catalog.models.shared import SharedOrOwnQuerySet
from catalog.models.sync_run import ListingChange, SyncRun

__all__ = [
    "BrandAlias",
    "Favourite",
    "FormularyEntry",
    "Listing",
    "ListingChange",
    "ListingFile",
    "OwnCard",
    "Product",
    "Review",
    "SharedCard",
    "SharedOrOwnQuerySet",
    "Standing",
    "SyncRun",
    "Synonym",
    "Word",
]
