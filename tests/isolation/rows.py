"""A row of any model, made from what the model says of its fields."""

import datetime as dt
from decimal import Decimal

from django.apps import apps
from django.db import models
from django.utils import timezone

from practice.models import OperatorOrOwnModel, Practice, SharedOrOwnModel, TenantModel
from tests.factories import UserFactory

TENANT = TenantModel | SharedOrOwnModel | OperatorOrOwnModel


def tenant_models():
    return [model for model in apps.get_models() if issubclass(model, TENANT)]


class Maker:
    """Makes rows of one practice, with the rows they point at. Works in a unit that may write
    them. `made` holds one of each model."""

    def __init__(self, practice: Practice | None, number: int | None = None):
        """`number` is the id of every row in `made`. Rows of no practice are shared."""
        self.practice = practice
        self.owner = practice.pk if practice else 0
        self.number = number
        self.made = {}
        self.count = 0

    def row(self, model):
        """The row of `model` that others point at."""
        if model not in self.made:
            self.made[model] = self.another(model, pk=self.number)
        return self.made[model]

    def another(self, model, pk=None):
        self.count += 1
        pointed_at, values = set(), {} if pk is None else {"pk": pk}
        for field in model._meta.local_concrete_fields:
            if field.name == "practice":
                values["practice"] = self.practice
            elif self._is_asked(field):
                value = self._value(field, pointed_at)
                pointed_at.add(value if isinstance(value, models.Model) else None)
                values[field.name] = value
        return model._base_manager.create(**values)

    @staticmethod
    def _is_asked(field) -> bool:
        if field.primary_key or field.null or field.has_default():
            return False
        return field.db_default is models.NOT_PROVIDED and not (
            isinstance(field, models.DateTimeField) and (field.auto_now or field.auto_now_add)
        )

    def _value(self, field, pointed_at):
        if field.is_relation:
            if not issubclass(field.related_model, TENANT):
                return UserFactory()
            row = self.row(field.related_model)
            # Two keys of one row point at two rows: nobody covers for themselves.
            if row not in pointed_at:
                return row
            return self.another(field.related_model, self.number and self.number + self.count)
        if field.name in ("vendor", "listing_vendor"):
            return "wholescripts"
        if field.choices:
            return "" if field.blank else field.choices[0][0]
        if isinstance(field, models.DateTimeField):
            return timezone.now() + dt.timedelta(seconds=self.count)
        if isinstance(field, models.DateField):
            return dt.date(2026, 1, 1) + dt.timedelta(days=self.owner * 100 + self.count)
        if isinstance(field, models.DecimalField):
            return Decimal(1)
        if isinstance(field, models.IntegerField):
            return 1
        if isinstance(field, models.BinaryField):
            return b"x"
        if isinstance(field, models.EmailField):
            return f"{self.owner}.{self.count}@people.example"
        if isinstance(field, models.CharField | models.TextField):
            words = f"{field.name} {self.owner}.{self.count}"
            return "" if field.blank else words[: field.max_length]
        raise TypeError(f"{field} is of a kind that the maker does not know: teach it")
