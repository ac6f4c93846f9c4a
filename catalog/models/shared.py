"""Rows that all practices share, or that one practice owns."""

from django.db import models

from practice.models import TenantQuerySet


class SharedOrOwnQuerySet(TenantQuerySet):
    def seen_by(self, practice):
        """Shared rows and this practice's own."""
        return self.filter(models.Q(practice__isnull=True) | models.Q(practice=practice))

    def owned_by(self, practice_id):
        """Rows of one owner: a practice's, or the shared ones where it is None."""
        if practice_id is None:
            return self.filter(practice__isnull=True)
        return self.filter(practice_id=practice_id)
