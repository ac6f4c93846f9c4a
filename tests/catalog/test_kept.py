"""What later tests are given in place of a reading is what a reading writes."""

import pytest
from django.db.models import DateTimeField

from catalog.models import SharedCard
from practice import tenancy
from tests.catalog.kept import MODELS, Kept

pytestmark = pytest.mark.django_db


def told(model):
    """The rows of a table in order, without their numbers and times."""
    rows = list(model.objects.order_by("pk"))
    places = {of: list(of.objects.order_by("pk").values_list("pk", flat=True)) for of in MODELS}
    return [
        {field.name: _plain(field, row, places) for field in model._meta.local_concrete_fields}
        for row in rows
    ]


def _plain(field, row, places):
    value = getattr(row, field.attname)
    target = row.__class__ if field.primary_key else field.related_model
    if value is not None and target in places:
        return places[target].index(value)
    return value is None if isinstance(field, DateTimeField) else value


def test_rows_put_back_are_those_that_were_read(read):
    with tenancy.unit(tenancy.EVERYTHING):
        before = {model: told(model) for model in MODELS}
    kept = Kept.of(read)
    with tenancy.unit(tenancy.EVERYTHING):
        for model in reversed(MODELS):
            model.objects.all()._raw_delete("default")
    kept.put_back(read)
    with tenancy.unit(tenancy.EVERYTHING):
        assert all(before.values())
        assert {model: told(model) for model in MODELS} == before


def test_rows_put_back_belong_to_who_asks_now(filled, nora):
    with tenancy.unit(tenancy.EVERYTHING):
        for model in MODELS:
            if model is SharedCard:
                continue  # nobody's
            rows = model.objects.all()
            assert set(rows.values_list("practice", flat=True)) <= {None, nora.practice_id}
            assert model.objects.filter(practice=nora.practice_id).exists()
