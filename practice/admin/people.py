"""People who sign in, and by what means. Whoever may see secrets of a sign-in may sign in,
so sessions and second steps are listed without them; removing one locks it out."""

from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.admin import Authenticator
from allauth.usersessions.admin import UserSession
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from practice.admin.base import DeskAdmin, KeptAdmin, ReadOnlyAdmin
from practice.models import Membership

# The packages register these by themselves when their admin is imported, as it is above.
# Who may do what hangs on memberships; Django's groups are not used.
for model in (get_user_model(), Group, EmailAddress, Authenticator, UserSession):
    admin.site.unregister(model)


def of_practice(queryset, practice, path):
    """Rows of the people who have, or had, a place in `practice`."""
    members = Membership.objects.for_practice(practice)
    return queryset.filter(**{f"{path}__in": members.values("user")})


@admin.register(get_user_model())
class PersonAdmin(UserAdmin, KeptAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["email", "username", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    search_fields = ["email", "username"]
    ordering = ["email", "id"]
    readonly_fields = ["last_login", "date_joined"]
    filter_horizontal = ["user_permissions"]
    fieldsets = [
        (None, {"fields": ["username", "email", "password"]}),
        ("Access", {"fields": ["is_active", "is_staff", "is_superuser", "user_permissions"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "email", "password1", "password2"]})]

    def narrow(self, queryset, practice):
        return of_practice(queryset, practice, "pk")


class RemovableAdmin(ReadOnlyAdmin):
    """Rows of a person that staff look at and may take away."""

    def narrow(self, queryset, practice):
        return of_practice(queryset, practice, "user")

    def has_delete_permission(self, request, obj=None):
        return DeskAdmin.has_delete_permission(self, request, obj)


@admin.register(EmailAddress)
class AddressAdmin(EmailAddressAdmin, DeskAdmin):
    autocomplete_fields = ["user"]
    raw_id_fields = []
    list_select_related = ["user"]

    def narrow(self, queryset, practice):
        return of_practice(queryset, practice, "user")


@admin.register(Authenticator)
class SecondStepAdmin(RemovableAdmin):
    """`data` holds what the second step is proved with."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    exclude = ["data"]
    ordering = ["-id"]


@admin.register(UserSession)
class SessionAdmin(RemovableAdmin):
    """`session_key` is the cookie of whoever is signed in."""

    list_display = ["user", "created_at", "last_seen_at", "ip"]
    list_select_related = ["user"]
    search_fields = ["user__email", "ip"]
    exclude = ["session_key", "data"]
    ordering = ["-id"]
