"""What products are found by."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from catalog.models.product import Product
from practice.models import SharedOrOwnModel, TenantModel


class Card(models.Model):
    """One product as it is found: written by `catalog.words`, read by `catalog.search`.

    There is a card only while there is an offer. Two tables, because PostgreSQL uses no
    full-text index on a table where a policy has to be asked about every row: what everybody may
    see stands where none has to be.
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, db_index=False, related_name="+")
    name = models.CharField(max_length=300, db_collation="C", help_text="Plain, to order by.")
    names = SearchVectorField(default="", help_text="Name, brand, flavour, codes.")
    words = SearchVectorField(default="", help_text="These, ingredients, categories, description.")
    traits = ArrayField(
        models.TextField(), default=list, help_text="`facet:value`, see catalog.facets."
    )
    daily_price = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    stock = models.IntegerField(null=True)

    class Meta:
        abstract = True

    def __str__(self):
        return self.name


class SharedCard(Card):
    """A product as its shared listings make it."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product"], name="one_shared_card")]
        indexes = [
            GinIndex(fields=["names"], name="card_names"),
            GinIndex(fields=["words"], name="card_words"),
            GinIndex(fields=["traits"], name="card_traits"),
            GinIndex(OpClass("name", name="gin_trgm_ops"), name="card_name_alike"),
            models.Index(fields=["name", "product"], name="card_by_name"),
            models.Index(
                models.F("daily_price").asc(nulls_last=True), "product", name="card_by_price"
            ),
            models.Index(models.F("stock").desc(nulls_last=True), "product", name="card_by_stock"),
        ]


class OwnCard(Card, TenantModel):
    """A product as one practice sees it that has listings of its own on it. It stands instead
    of the shared one."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "product"], name="one_own_card")]
        indexes = [models.Index(fields=["product"], name="own_card_by_product")]


class Word(SharedOrOwnModel):
    """A word of the catalogue, to correct what is typed by; with `facet`, a value of that facet.
    `n` is on how many cards it stood when they were last counted."""

    facet = models.CharField(max_length=20, blank=True)
    word = models.CharField(max_length=200, db_collation="C")
    n = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "facet", "word"], nulls_distinct=False, name="one_word"
            )
        ]
        indexes = [models.Index(fields=["practice", "facet", "id"], name="word_by_age")]

    def __str__(self):
        return self.word


class Synonym(models.Model):
    """Phrases that mean one thing: who types one finds what has any. The whole installation
    shares them."""

    phrases = ArrayField(
        models.CharField(max_length=80),
        size=12,
        help_text="Separated by commas: vitamin c, ascorbic acid.",
    )

    class Meta:
        indexes = [GinIndex(fields=["phrases"], name="synonym_phrases")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(phrases__len__gte=2), name="a_synonym_has_two_phrases"
            )
        ]

    def __str__(self):
        return " = ".join(self.phrases)
