"""Another practice's ids, wherever an id can be put: answered as ids that no row has (T4).

Every row of the other practice has the same id, THEIRS, whatever its kind, so that one
number tries all kinds at once.
"""

import difflib
import inspect
import re

import pytest
from allauth.mfa.models import Authenticator
from celery import current_app
from django.contrib import admin
from django.db import transaction
from django.forms import BaseForm
from django.urls import resolve, reverse

from practice import limits, tenancy
from practice.admin.base import DeskAdmin
from tests.factories import PracticeFactory, UserFactory
from tests.isolation.clinics import Clinic
from tests.isolation.knocking import Doors, put_in, rolled_back
from tests.isolation.rows import Maker, tenant_models
from tests.isolation.table import PRACTICE

THEIRS, NOBODYS = 7_000_007, 8_000_008
ASKED = re.compile(
    r"""(?:GET|POST|asked|posted_id\(request)(?:\.get(?:list)?\(|\[|, )["'](\w+)["']"""
)
WHO = "owner who practises"  # and may do everything
# What is made anew for every page.
PASSING = re.compile(
    r'nonce="[^"]*"|"[A-Za-z0-9]{64}"|value="[\w:.-]{90,}"|data-left="\d+"|ORD-[0-9A-F]{24}'
    r"|<time[^>]*>.*?</time>|\b(?:\d+|an?)\s+(?:second|minute)s?\s+ago\b"
    r"|\bjust now\b|\b\d+ min ago\b|\bnow\b"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    # And the number that was asked for, also where it was taken for a telephone's.
    rf"|{THEIRS}|{NOBODYS}|700-0007|800-0008"
)
# Routes what came in to the practice that it is of, so it is told none.
OF_NO_PRACTICE = {"practice.tasks.work_off_receipts"}


@pytest.fixture(scope="module")
def desk(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), rolled_back():
        yield made()


def made():
    """Ours with its people, the staff's desk narrowed to it, and a row of theirs of each kind."""
    limits.forget()
    clinic = Clinic("bayside")
    with tenancy.unit(tenancy.EVERYTHING):
        clinic.theirs = Maker(PracticeFactory(slug="theirs"), THEIRS)
        for model in tenant_models():
            clinic.theirs.row(model)
        _open_to_all_pages(clinic.theirs.made)
    users = {name: member.user for name, member in clinic.members.items()}
    doors = Doors(users | {"staff": _staff()})
    doors.stay("staff", reverse("admin:narrow"), {"wanted": clinic.practice.pk})
    clinic.knock = doors.knock
    return clinic


def _staff():
    user = UserFactory(is_staff=True, is_superuser=True)
    Authenticator.objects.create(user=user, type="totp", data={})
    return user


def _open_to_all_pages(rows):
    """States in which their own members would be shown them."""
    for model, row in rows.items():
        if model.__name__ == "Proof":
            model._base_manager.filter(pk=row.pk).update(fetched_at="2026-01-01T00:00:00Z")
        if model.__name__ == "Sending":
            model._base_manager.filter(pk=row.pk).update(state="hand_over", vendor="fullscript")
        if model.__name__ == "PatientLink":
            model._base_manager.filter(pk=row.pk).update(vendor="fullscript")
        if model.__name__ == "Connection":
            model._base_manager.filter(pk=row.pk).update(state="active", vendor="fullscript")


def answer(given):
    """What was answered, without the number that was asked for and what is made anew."""
    content = b"".join(given.streaming_content) if given.streaming else given.content
    where = given.headers.get("Location", "") + given.headers.get("HX-Redirect", "")
    told = f"{given.status_code} {where}\n{content.decode(errors='replace')}"
    return PASSING.sub("", told).splitlines()


def same(desk, who, put, method, htmx=False):
    """Asserts that `put(number)`, a path and its form, is answered alike for both numbers."""
    told = []
    for number in (THEIRS, NOBODYS):
        path, form = put(number)
        told.append(answer(desk.knock(who, path, method, htmx, form)))
    apart = difflib.unified_diff(*told, n=0, lineterm="")
    assert not [*apart], put(THEIRS)


def form_of(entry, rows):
    return {name: put_in([row], rows)[0] for name, row in entry.data.items()}


def names_asked(path, which):
    """Names of fields (POST) or of parameters (GET) that the view's module asks for."""
    view = resolve(path).func
    module = inspect.getmodule(inspect.unwrap(view))
    names = set(ASKED.findall(inspect.getsource(module)))
    if which == "POST":
        for thing in vars(module).values():
            if inspect.isclass(thing) and issubclass(thing, BaseForm):
                names |= set(thing.base_fields)
    return sorted(names - {"q"})


with_ids = [name for name, entry in PRACTICE.items() if any(a[0] != "=" for a in entry.args)]
posted = [name for name, entry in PRACTICE.items() if "POST" in entry.methods]
shown = [name for name, entry in PRACTICE.items() if "GET" in entry.methods]


@pytest.mark.parametrize("name", with_ids)
def test_in_the_path(desk, name):
    entry, rows = PRACTICE[name], desk.rows[WHO]
    for place, kind in enumerate(entry.args):
        if kind.startswith("="):
            continue

        def put(number, place=place):
            args = put_in(entry.args, rows)
            args[place] = number
            return reverse(name, args=[desk.slug, *args]), form_of(entry, rows)

        for method in entry.methods.split():
            for htmx in (False, True):
                same(desk, WHO, put, method, htmx)
        assert desk.knock(WHO, put(THEIRS)[0], method).status_code == 404

    def everywhere(number):
        """All of theirs, and so rows that belong together."""
        args = [kind[1:] if kind[0] == "=" else number for kind in entry.args]
        form = {field: kind[1:] if kind[0] == "=" else number for field, kind in entry.data.items()}
        return reverse(name, args=[desk.slug, *args]), form

    for method in entry.methods.split():
        same(desk, WHO, everywhere, method)


@pytest.mark.parametrize("name", posted)
def test_in_each_field_of_a_form(desk, name):
    entry, rows = PRACTICE[name], desk.rows[WHO]
    path = reverse(name, args=[desk.slug, *put_in(entry.args, rows)])
    for field in {*names_asked(path, "POST"), *entry.data}:
        same(
            desk,
            WHO,
            lambda number, field=field: (path, form_of(entry, rows) | {field: number}),
            "POST",
        )


@pytest.mark.parametrize("name", posted)
def test_in_all_fields_of_a_form_at_once(desk, name):
    entry, rows = PRACTICE[name], desk.rows[WHO]
    path = reverse(name, args=[desk.slug, *put_in(entry.args, rows)])
    names = {*names_asked(path, "POST"), *entry.data}
    put = lambda number: (path, dict.fromkeys(names, [number, number]))  # noqa: E731
    for htmx in (False, True):
        same(desk, WHO, put, "POST", htmx)


@pytest.mark.parametrize("name", shown)
def test_in_each_parameter_of_an_address(desk, name):
    entry, rows = PRACTICE[name], desk.rows[WHO]
    path = reverse(name, args=[desk.slug, *put_in(entry.args, rows)])
    for field in names_asked(path, "GET"):
        same(
            desk,
            WHO,
            lambda number, field=field: (f"{path}?{field}={number}", None),
            "GET",
        )


def test_the_walk_tries_fields_and_parameters(desk):
    """A floor under what is read from the sources, lest the search for names find nothing."""
    cover = reverse("practice:cover-list", args=[desk.slug])
    assert {"absent", "by"} <= set(names_asked(cover, "POST"))
    book = reverse("deliveries:delivery-book", args=[desk.slug, 1])
    assert {"plan", "again"} <= set(names_asked(book, "GET"))
    item = reverse("recommendations:item-add", args=[desk.slug, 1])
    assert "listing" in names_asked(item, "POST")


# --- The staff desk, narrowed to one practice


def desks():
    return [
        pytest.param(model, id=model._meta.label)
        for model, desk in admin.site._registry.items()
        if isinstance(desk, DeskAdmin) and model in tenant_models()
    ]


def at_desk(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", desks())
@pytest.mark.parametrize("page", ["change", "history", "delete"])
def test_a_row_of_the_staff_desk(desk, model, page):
    put = lambda number: (at_desk(model, page, number), None)  # noqa: E731
    for method in ("GET", "POST"):
        same(desk, "staff", put, method)


@pytest.mark.parametrize("model", desks())
def test_rows_ticked_for_every_deed_of_the_staff_desk(desk, model):
    deeds = admin.site._registry[model].deeds
    for deed in (*deeds, "delete_selected"):
        put = lambda number, deed=deed: (  # noqa: E731
            at_desk(model, "changelist"),
            {"action": deed, "index": 0, "_selected_action": [number]},
        )
        same(desk, "staff", put, "POST")


@pytest.mark.parametrize("model", desks())
def test_filters_and_searches_of_the_staff_desk(desk, model):
    asked = ["q", "id__exact", "practice__id__exact"] + [
        f"{field.name}__id__exact" for field in model._meta.local_fields if field.is_relation
    ]
    for name in asked:
        put = lambda number, name=name: (  # noqa: E731
            f"{at_desk(model, 'changelist')}?{name}={number}",
            None,
        )
        same(desk, "staff", put, "GET")


def test_choices_that_the_staff_desk_completes(desk):
    for model, desk_of in admin.site._registry.items():
        for field in desk_of.autocomplete_fields:
            put = lambda number, model=model, field=field: (  # noqa: E731
                f"{reverse('admin:autocomplete')}?app_label={model._meta.app_label}"
                f"&model_name={model._meta.model_name}&field_name={field}&term={number}",
                None,
            )
            same(desk, "staff", put, "GET")


# --- Tasks


def our_tasks():
    current_app.loader.import_default_modules()
    ours = ("practice.", "catalog.", "recommendations.", "deliveries.")
    return {name: task for name, task in current_app.tasks.items() if name.startswith(ours)}


def of_a_practice(task):
    return list(inspect.signature(task.run, follow_wrapped=False).parameters)[:1] == ["practice_id"]


@pytest.mark.parametrize("name", sorted({*our_tasks()} - OF_NO_PRACTICE))
def test_a_task_of_ours_finds_no_row_of_theirs(desk, name):
    task = our_tasks()[name]
    if not of_a_practice(task):
        return
    asked = len(inspect.signature(inspect.unwrap(task.run)).parameters)
    told = []
    for number in (THEIRS, NOBODYS):
        with rolled_back():
            before = fingerprint(desk)
            told.append(outcome_of(task, desk.practice.pk, *[number] * asked))
            assert fingerprint(desk) == before
    assert told[0] == told[1]


def outcome_of(task, *args):
    try:
        return repr(task.run(*args))
    except Exception as error:  # whatever it is, it must be the same
        return re.sub(r"\d+", "N", f"{type(error).__name__}: {error}")


def fingerprint(desk):
    """All that the other practice holds."""
    with transaction.atomic(), tenancy.unit(tenancy.EVERYTHING):
        return {
            model: list(model._base_manager.filter(pk=THEIRS).values()) for model in tenant_models()
        }
