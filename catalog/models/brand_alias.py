"""Spellings of brands."""

from django.db import models


class BrandAlias(models.Model):
    """Another way to write a brand. Folded alike, they are one brand to the matcher; the whole
    installation shares it."""

    alias = models.CharField("written", max_length=200)
    brand = models.CharField("means", max_length=200)
    folded = models.CharField(max_length=120, unique=True, editable=False)
    means = models.CharField(max_length=120, editable=False)
    added_by = models.CharField(max_length=150, editable=False)
    added_at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name = "spelling of a brand"
        verbose_name_plural = "spellings of brands"
        ordering = ["brand", "alias"]

    def __str__(self):
        return f"{self.alias} is {self.brand}"
