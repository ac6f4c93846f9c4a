"""What every tenant model is made of."""

from django.db import models


class TenantForeignKey(models.ForeignKey):
    """A foreign key between rows of one practice.

    The constraint is composite, (practice_id, column), and made by `rls.Protect`; Django's
    own single-column constraint and index are left out: indexes lead with the practice.
    """

    within_practice = True

    def __init__(self, to, on_delete, **kwargs):
        kwargs["db_constraint"] = False
        kwargs.setdefault("db_index", False)
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs


class TenantQuerySet(models.QuerySet):
    def for_practice(self, practice):
        """Rows of one practice. Row-level security stands behind it."""
        return self.filter(practice=practice)


class TenantModel(models.Model):
    """A row that belongs to one practice."""

    practice = models.ForeignKey(
        "practice.Practice", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


class SharedOrOwnModel(models.Model):
    """A row that all practices see (practice null) or that one practice owns."""

    practice = models.ForeignKey(
        "practice.Practice",
        on_delete=models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
    )
    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


class OperatorOrOwnModel(models.Model):
    """A row of one practice or, with practice null, of the operator alone: no practice sees it."""

    practice = models.ForeignKey(
        "practice.Practice",
        on_delete=models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
    )
    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


class WorkQuerySet(models.QuerySet):
    def due(self, now):
        """Rows whose time has come and that nobody holds."""
        return self.filter(models.Q(not_before_at__isnull=True) | models.Q(not_before_at__lte=now))


class Work(models.Model):
    """A row that is its own queue entry (design 5).

    A worker claims it by a conditional update and holds it until `lease_until`. A row whose
    lease ran out belonged to a worker that died; what that means is the model's to say.
    """

    attempts = models.PositiveIntegerField(default=0)
    not_before_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        abstract = True
