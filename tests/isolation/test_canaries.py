"""Another practice's words, wherever words come out: none are found (T3).

Every text of the other practice is a canary. Its own members do see them, which shows that the
crawl would find them.
"""

import json
import logging

import pytest
from allauth.mfa.models import Authenticator
from celery.signals import before_task_publish
from django.core import mail
from django.db import models
from django.urls import reverse

from practice import limits, support, tenancy
from practice.models import AuditEntry, AuditSeal
from practice.sealing import SealedBinaryField, SealedTextField
from tests.factories import UserFactory
from tests.isolation.clinics import Clinic
from tests.isolation.knocking import Doors, path_of, put_in, rolled_back
from tests.isolation.rows import tenant_models
from tests.isolation.table import DESK_PAGES, DESKS, PRACTICE, STAFF

THEIRS, OURS = "kanarienvogel", "wellensittich"
WHO = "owner who practises"
# Words that code reads, not people.
KEYS = {
    *("vendor", "listing_vendor", "kind", "view_name", "content_type", "endpoint", "hook_path"),
    *("name_key", "gtin", "count", "pill_sku", "form", "phone", "digest", "scopes"),
}


@pytest.fixture(scope="module")
def two(django_db_setup, django_db_blocker):
    limits.forget()
    with django_db_blocker.unblock(), rolled_back():
        ours, theirs = Clinic("bayside"), Clinic("elsewhere")
        with tenancy.unit(tenancy.EVERYTHING):
            for clinic, word in ((ours, OURS), (theirs, THEIRS)):
                sing(clinic.practice, word)
        staff = UserFactory(is_staff=True, is_superuser=True)
        Authenticator.objects.create(user=staff, type="totp", data={})
        for clinic in (ours, theirs):
            users = {name: member.user for name, member in clinic.members.items()}
            doors = Doors(users | {"staff": staff})
            clinic.knock = doors.knock
            doors.stay("staff", reverse("admin:narrow"), {"wanted": clinic.practice.pk})
        yield ours, theirs


def sing(practice, word):
    """Puts `word` into every text of a practice's rows."""
    for model in tenant_models():
        if model in (AuditEntry, AuditSeal):
            continue  # written by what is written here
        for row in model._base_manager.filter(practice=practice):
            for field in texts(model):
                setattr(row, field.name, sung(field, f"{word}{row.pk}"))
            row.save()


def texts(model):
    for field in model._meta.local_concrete_fields:
        is_text = isinstance(field, models.CharField | models.TextField)
        sealed = isinstance(field, SealedTextField | SealedBinaryField)
        short = getattr(field, "max_length", None) and field.max_length < 20
        if is_text and not (field.choices or sealed or short or field.name in KEYS):
            yield field


def sung(field, word):
    if isinstance(field, models.EmailField):
        return f"{word}@people.example"
    if isinstance(field, models.URLField):
        return f"https://{word}.example/"
    return f"{word}.csv" if field.name == "file_name" else word


def content_of(answer) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode(errors="replace") + str(dict(answer.headers))


def come_out(clinic, name, who=WHO, word=THEIRS, read=content_of):
    """What comes out of one address, asked in every way, with searches for the start of `word`."""
    entry, rows = PRACTICE[name], clinic.rows_for(who)
    path = path_of(name, entry, clinic.slug, rows)
    asked = word[:-2]  # pages repeat it
    form = {key: put_in([row], rows)[0] for key, row in entry.data.items()} | {"q": asked}
    for htmx in (False, True):
        if "GET" in entry.methods:
            for query in ("", f"?q={asked}"):
                yield read(clinic.knock(who, path + query, "GET", htmx))
        if "POST" in entry.methods:
            yield read(clinic.knock(who, path, "POST", htmx, form))


def no_word_of_theirs(clinic, name, who=WHO):
    assert not [out for out in come_out(clinic, name, who) if THEIRS in out], name


@pytest.mark.parametrize("who", [WHO, "read-only"])
def test_no_page_of_ours_holds_a_word_of_theirs(two, who):
    for name in PRACTICE:
        no_word_of_theirs(two[0], name, who)


def test_their_own_pages_hold_them(two):
    held = [name for name in PRACTICE if any(THEIRS in out for out in come_out(two[1], name))]
    assert len(held) > len(PRACTICE) / 3


def test_no_error_page_of_ours_holds_a_word_of_theirs(two):
    ours, theirs = two
    for name, entry in PRACTICE.items():
        foreign = put_in(entry.args, theirs.rows[WHO])
        for slug in (ours.slug, theirs.slug):
            path = reverse(name, args=[slug, *foreign])
            for method in ("GET", "POST", "DELETE"):
                for htmx in (False, True):
                    out = content_of(ours.knock(WHO, path, method, htmx))
                    assert THEIRS not in out, (path, method)


OUR_DESKS = [
    name
    for name in DESKS
    if name.startswith(("practice_", "catalog_", "recommendations_", "deliveries_"))
]


def no_word_of_theirs_at_the_desk(ours, model):
    rows, row = ours.all_rows | {"practice": ours.practice}, DESKS[model].row
    for page in DESK_PAGES:
        if page not in ("changelist", "add") and row not in rows:
            continue
        args = [] if page in ("changelist", "add") else [rows[row].pk]
        path = reverse(f"admin:{model}_{page}", args=args)
        for query in ("", f"?q={THEIRS[:-2]}") if page == "changelist" else ("",):
            out = content_of(ours.knock("staff", path + query))
            assert THEIRS not in out, path


def test_the_narrowed_staff_desk_holds_no_word_of_theirs(two):
    for model in OUR_DESKS:
        no_word_of_theirs_at_the_desk(two[0], model)


def test_the_staff_desk_of_theirs_holds_them(two):
    _, theirs = two
    out = content_of(theirs.knock("staff", reverse("admin:practice_patient_changelist")))
    assert THEIRS in out


def test_what_the_staff_desk_completes_is_of_the_practice_chosen(two):
    ours, _ = two
    for path in (reverse(name) for name, args in STAFF.items() if not args):
        for query in ("", f"?q={THEIRS[:-2]}", f"?s={THEIRS[:-2]}"):
            assert THEIRS not in content_of(ours.knock("staff", path + query)), path


# --- What leaves by other roads


@pytest.fixture
def published():
    """The messages that the broker is given."""
    found = []

    def heard(sender=None, body=None, headers=None, **_):
        found.append(json.dumps([sender, body, headers], default=str))

    before_task_publish.connect(heard, weak=False)
    yield found
    before_task_publish.disconnect(heard)


@pytest.fixture
def written(caplog, capfd):
    """Everything that was written so far, by whatever way."""
    caplog.set_level(logging.INFO)
    return lambda: "".join([*capfd.readouterr(), caplog.text])


def do_everything(clinic):
    """Every deed of a clinic, and what it starts once it is committed."""
    rows = clinic.rows[WHO]
    for name, entry in PRACTICE.items():
        if "POST" in entry.methods:
            data = {key: put_in([row], rows)[0] for key, row in entry.data.items()}
            path = path_of(name, entry, clinic.slug, rows)
            clinic.knock(WHO, path, "POST", data=data, committed=True)


def test_messages_to_the_broker_and_logs_hold_no_words_at_all(two, published, written):
    ours, _ = two
    do_everything(ours)
    told = written() + "".join(published)
    assert published
    assert "request_finished" in told
    assert OURS not in told
    assert THEIRS not in told


def test_mail_holds_words_of_its_own_practice_only(two):
    ours, _ = two
    mail.outbox.clear()
    asked = {"email": "new.one@people.example", "name": "Nell", "role": "assistant"}
    path = reverse("practice:invitation-add", args=[ours.slug])
    ours.knock(WHO, path, "POST", data=asked, committed=True)
    do_everything(ours)
    with rolled_back(), tenancy.declare(tenancy.of_practice(ours.practice.pk)):
        with tenancy.unit():
            view = ours.all_rows["support_view"]
            type(view).objects.filter(pk=view.pk).update(owners_told_at=None)
        support.tell_owners(view.pk, view.begun_at)
    sent = [str(message.message()) for message in mail.outbox]
    assert len(sent) >= 2
    assert not [words for words in sent if THEIRS in words]
