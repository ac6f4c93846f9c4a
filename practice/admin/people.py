"""People who sign in, and by what means. Whoever may see secrets of a sign-in may sign in,
so sessions and second steps are listed without them."""

from collections import Counter
from smtplib import SMTPException

from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.admin import Authenticator
from allauth.usersessions.admin import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, Permission
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.html import format_html_join
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultiple

from practice import access, tenancy
from practice.admin import confirm
from practice.admin.base import DeskAdmin, KeptAdmin, ReadOnlyAdmin
from practice.admin.lights import light
from practice.models import Membership

WHAT = {"view": "look", "change": "act on", "add": "add", "delete": "delete"}
RIGHTS = ("is_staff", "is_superuser", "user_permissions")

# The packages register these by themselves when their admin is imported, as it is above.
# Who may do what hangs on memberships; Django's groups are not used.
for model in (get_user_model(), Group, EmailAddress, Authenticator, UserSession):
    admin.site.unregister(model)


def of_practice(queryset, practice, path):
    """Rows of the people who have, or had, a place in `practice`."""
    members = Membership.objects.for_practice(practice)
    return queryset.filter(**{f"{path}__in": members.values("user")})


class Rights(forms.ModelMultipleChoiceField):
    """What somebody of the staff may do, a box each: of the desks that there are, and of each
    only what it offers."""

    widget = UnfoldAdminCheckboxSelectMultiple

    def __init__(self):
        offered = Q()
        for model, desk in admin.site._registry.items():
            kinds = ("view", "change") if isinstance(desk, ReadOnlyAdmin) else tuple(WHAT)
            names = [f"{kind}_{model._meta.model_name}" for kind in kinds]
            names += [name for name, _ in model._meta.permissions]
            app = model._meta.app_label
            offered |= Q(content_type__app_label=app, codename__in=names)
        found = Permission.objects.filter(offered).select_related("content_type")
        order = ("content_type__app_label", "content_type__model", "codename")
        super().__init__(
            found.order_by(*order),
            required=False,
            label="May",
            help_text="Of use to staff only. Superusers may do everything without any of it.",
        )

    def label_from_instance(self, permission):
        kind, _, _ = permission.codename.partition("_")
        rows = permission.content_type.model_class()._meta.verbose_name_plural
        named = kind in WHAT and permission.codename == f"{kind}_{permission.content_type.model}"
        return f"{rows}: {WHAT[kind]}".capitalize() if named else permission.name


@admin.register(get_user_model())
class PersonAdmin(UserAdmin, KeptAdmin):
    """Only a superuser gives rights on this desk away, or touches another superuser."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = [
        *("email", "access", "places", "second_steps", "sessions", "is_staff", "last_login"),
    ]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    search_fields = ["email", "username"]
    ordering = ["email", "id"]
    readonly_fields = ["last_login", "date_joined", "places", "second_steps", "sessions"]
    filter_horizontal = []  # its icons have names that no reader reads out
    fieldsets = [
        (None, {"fields": ["username", "email", "password"]}),
        ("Access", {"fields": ["is_active", "is_staff", "is_superuser", "user_permissions"]}),
        ("Whereabouts", {"fields": ["places", "second_steps", "sessions"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "email", "password1", "password2"]})]
    deeds = ("end_sessions", "reset_second_step", "lock_out", "let_in")

    def narrow(self, queryset, practice):
        return of_practice(queryset, practice, "pk")

    def prepare(self, request, rows):
        """Places, second steps and sessions of a page's people, one query each."""
        people = {person.pk: person for person in rows}
        for person in rows:
            person.held_places, person.held_steps, person.held_sessions = [], [], 0
        members = Membership.objects.filter(user__in=people).select_related("practice")
        for member in members.order_by("practice__name"):
            people[member.user_id].held_places.append(member)
        for step in Authenticator.objects.filter(user__in=people).order_by("type"):
            people[step.user_id].held_steps.append(step)
        counted = UserSession.objects.filter(user__in=people).values_list("user")
        for user_id, count in counted.annotate(Count("pk")).order_by():
            people[user_id].held_sessions = count

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "user_permissions":
            return Rights()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_readonly_fields(self, request, obj=None):
        fixed = () if request.user.is_superuser else RIGHTS
        return [*super().get_readonly_fields(request, obj), *fixed]

    def has_change_permission(self, request, obj=None):
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or _may_touch(request, obj))

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and not obj.is_active:
            access.end_sessions(obj)

    @admin.display(description="Access", ordering="is_active")
    def access(self, person):
        return light("green", "Signs in") if person.is_active else light("red", "Locked out")

    @admin.display(description="Works at")
    def places(self, person):
        return format_html_join(
            ", ",
            '<a class="staff-link" href="{}">{}</a> ({}{})',
            (
                (
                    reverse("admin:practice_membership_change", args=[member.pk]),
                    member.practice.name,
                    member.get_role_display(),
                    "" if member.is_active else ", left",
                )
                for member in getattr(person, "held_places", ())
            ),
        ) or ("—")

    @admin.display(description="Second steps")
    def second_steps(self, person):
        kinds = [step.get_type_display() for step in getattr(person, "held_steps", ())]
        return ", ".join(str(kind) for kind in kinds) or light("amber", "None")

    @admin.display(description="Signed in")
    def sessions(self, person):
        return getattr(person, "held_sessions", 0)

    @confirm.deed(
        "End all sessions",
        explain="Each is signed out everywhere, at once, and may sign in again.",
        form=confirm.Reason,
        watches=(),
        most=50,
    )
    def end_sessions(self, request, rows, given):
        return self._each(request, rows, "Signed out everywhere", access.end_sessions)

    @confirm.deed(
        "Reset second step",
        explain="Whoever lost their phone or passkey: every second step and recovery code is taken "
        "away, they are signed out everywhere, and they get an e-mail with the reason. Make sure "
        "first that it is really they who ask.",
        button="Reset",
        form=confirm.Reason,
        watches=("is_active",),
        most=5,
    )
    def reset_second_step(self, request, rows, given):
        return self._each(
            request,
            rows,
            "Second step reset",
            lambda person: access.reset_second_step(person, given["reason"]),
        )

    @confirm.deed(
        "Lock out",
        explain="Each is signed out everywhere and cannot sign in any more, at any practice. To "
        "end one place only, deactivate the membership instead.",
        form=confirm.Reason,
        watches=("is_active",),
        most=50,
    )
    def lock_out(self, request, rows, given):
        return self._each(request, rows, "Locked out", access.lock_out)

    @confirm.deed(
        "Let in again",
        explain="Each can sign in again. Deactivated memberships stay deactivated.",
        form=confirm.Reason,
        watches=("is_active",),
        most=50,
    )
    def let_in(self, request, rows, given):
        return self._each(request, rows, "Let in again", access.let_in)

    @staticmethod
    def _each(request, rows, words, deed):
        """Does `deed` to each person whom this member of staff may touch, and not to
        themselves. One whose e-mail cannot be sent stays as they were."""
        told = Counter()
        for person in rows:
            if person.pk == request.user.pk or not _may_touch(request, person):
                told[confirm.Outcome("Left alone, yourself or a superuser", messages.WARNING)] += 1
                continue
            try:
                with tenancy.unit():
                    done = deed(person)
            except (SMTPException, OSError):
                told[confirm.Outcome("No e-mail could be sent, nothing done", messages.ERROR)] += 1
                continue
            nothing = confirm.Outcome("Nothing to do", messages.WARNING)
            told[nothing if done == 0 else confirm.Outcome(words)] += 1
        return told


def _may_touch(request, person) -> bool:
    return request.user.is_superuser or not (person.is_superuser or person.is_staff)


@admin.register(EmailAddress)
class AddressAdmin(EmailAddressAdmin, DeskAdmin):
    autocomplete_fields = ["user"]
    raw_id_fields = []
    list_select_related = ["user"]

    def narrow(self, queryset, practice):
        return of_practice(queryset, practice, "user")


class OfPerson(ReadOnlyAdmin):
    """Rows of a person, narrowed as the person is."""

    list_select_related = ["user"]
    ordering = ["-id"]

    def narrow(self, queryset, practice):
        return of_practice(queryset, practice, "user")


@admin.register(Authenticator)
class SecondStepAdmin(OfPerson):
    """`data` holds what the second step is proved with. A lost one is reset on the person."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    search_fields = ["user__email"]
    exclude = ["data"]


@admin.register(UserSession)
class SessionAdmin(OfPerson):
    """`session_key` is the cookie of whoever is signed in."""

    list_display = ["user", "created_at", "last_seen_at", "ip"]
    search_fields = ["user__email", "ip"]
    exclude = ["session_key", "data"]
    deeds = ("end",)

    @confirm.deed(
        "End",
        explain="Whoever uses this session is signed out at once and may sign in again.",
        form=confirm.Reason,
        watches=("last_seen_at",),
    )
    def end(self, request, rows, given):
        for session in rows:
            session.end()
        return Counter({confirm.Outcome("Ended"): len(rows)})
