"""What the operator's staff may do with a kind of row."""

from unfold.admin import ModelAdmin


class ReadOnlyAdmin(ModelAdmin):
    """Rows that staff look at and nobody changes here."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class KeptAdmin(ModelAdmin):
    """Rows that are changed here and never deleted: other rows and the trail hang on them."""

    def has_delete_permission(self, request, obj=None):
        return False
