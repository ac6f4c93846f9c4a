"""E-mails about accounts: each is ours, in plain words, without a name."""

from pathlib import Path

import allauth
import pytest
from allauth.core import context
from django.conf import settings
from django.core import mail
from django.template.loader import get_template, render_to_string
from django.utils import timezone

from practice.adapter import AccountAdapter
from tests.factories import UserFactory

THEIRS = Path(allauth.__file__).parent / "templates"
# Of the parts of allauth that are installed.
PARTS = sorted(
    name.split(".")[1] for name in settings.INSTALLED_APPS if name.startswith("allauth.")
)
MAILS = sorted(
    str(file.relative_to(THEIRS))
    for part in PARTS
    for file in (THEIRS / part / "email").glob("*")
    if file.is_file()
)
GIVEN = {
    "user": "Elena Marsh",
    "username": "elena",
    "email": "elena@people.example",
    "deleted_email": "old@people.example",
    "from_email": "old@people.example",
    "to_email": "new@people.example",
    "key": "the-key-alone",
    "activate_url": "https://site.example/confirm",
    "password_reset_url": "https://site.example/reset",
    "signup_url": "https://site.example/join",
    "ip": "203.0.113.7",
    "user_agent": "Mozilla/5.0",
    "timestamp": timezone.now(),
}


@pytest.mark.parametrize("name", MAILS)
def test_every_mail_about_an_account_is_ours(name):
    assert get_template(name).origin.name == str(settings.BASE_DIR / "templates" / name)


@pytest.mark.parametrize("name", MAILS)
def test_it_names_nobody_and_holds_no_secret_but_its_link(name):
    text = render_to_string(name, GIVEN)
    for told in ("Elena", "elena", "people.example", "the-key-alone", "Mozilla", "example.com"):
        assert told not in text
    assert text.strip() or "base_" in name


def test_the_link_is_told():
    text = render_to_string("account/email/password_reset_key_message.txt", GIVEN)
    assert GIVEN["password_reset_url"] in text


@pytest.fixture
def sign_in_changed(rf, db):
    def changed():
        request = rf.get("/", REMOTE_ADDR="203.0.113.7")
        dana = UserFactory(email="dana@people.example")
        with context.request_context(request):
            AccountAdapter(request).send_notification_mail("account/email/password_changed", dana)

    return changed


def test_a_changed_password_is_told(sign_in_changed):
    sign_in_changed()
    [sent] = mail.outbox
    assert (sent.subject, sent.to) == ("Your password was changed", ["dana@people.example"])
    assert "203.0.113.7" in sent.body


def test_a_notice_that_cannot_be_sent_stops_nothing(sign_in_changed, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    sign_in_changed()
    assert "notice_not_sent" in caplog.text
