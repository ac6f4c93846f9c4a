"""A wrong or missing setting is named before anything starts."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import checks


def said(found):
    return [error.msg for error in found]


def test_the_suites_own_settings_are_in_order():
    for check in (
        checks.required_settings_are_there,
        checks.urls_are_urls,
        checks.encryption_keys_open,
        checks.known_fullscript_environment,
        checks.known_fullscript_rights,
        checks.wholescripts_stays_in_the_emr_family,
        checks.audit_heads_can_be_signed_and_kept,
    ):
        assert check(None) == []


@pytest.mark.parametrize("name", [name for name in checks.REQUIRED if name != "SECRET_KEY"])
def test_a_missing_setting_is_named(settings, name):
    setattr(settings, name, type(getattr(settings, name))())
    assert said(checks.required_settings_are_there(None)) == [f"{name} is not set."]


def test_a_missing_secret_key_is_named_by_django_itself(settings):
    settings.SECRET_KEY = ""
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        checks.required_settings_are_there(None)


@pytest.mark.parametrize("name", checks.URLS)
@pytest.mark.parametrize("value", ["vendor.example/api", "ftp://vendor.example", "https://"])
def test_an_address_that_is_none_is_named(settings, name, value):
    setattr(settings, name, value)
    assert said(checks.urls_are_urls(None)) == [f"{name} is no http(s) address."]


def test_a_malformed_key_is_named_without_being_shown(settings):
    settings.ENCRYPTION_KEYS = ["k1:secret-but-wrong"]
    (message,) = said(checks.encryption_keys_open(None))
    assert message.startswith("ENCRYPTION_KEYS: key 1")
    assert "secret-but-wrong" not in message


def test_an_unknown_fullscript_environment_is_named(settings):
    settings.FULLSCRIPT_ENVIRONMENT = "eu"
    (message,) = said(checks.known_fullscript_environment(None))
    assert message == "FULLSCRIPT_ENVIRONMENT is none of us-snd, ca-snd, us, ca."


def test_an_unknown_fullscript_right_is_named(settings):
    settings.FULLSCRIPT_GRANTED = ["plans", "everything"]
    (message,) = said(checks.known_fullscript_rights(None))
    assert message == "FULLSCRIPT_GRANTED: unknown ['everything']."


@pytest.mark.parametrize(
    "base", ["https://ws.example/api/Orders", "https://ws.example/api", "https://ws.example"]
)
def test_another_family_of_wholescripts_is_refused(settings, base):
    settings.WHOLESCRIPTS_BASE_URL = base
    (error,) = checks.wholescripts_stays_in_the_emr_family(None)
    assert error.id == "regimen.E006"


def test_a_malformed_signing_key_is_named_without_being_shown(settings):
    settings.AUDIT_SIGNING_KEY = ["c2hvcnQ="]
    (message,) = said(checks.audit_heads_can_be_signed_and_kept(None))
    assert message == "AUDIT_SIGNING_KEY: key 1 is not 32 bytes in base64."


def test_a_file_of_heads_in_no_folder_is_named(settings, tmp_path):
    settings.AUDIT_HEADS_FILE = str(tmp_path / "nowhere" / "heads")
    (message,) = said(checks.audit_heads_can_be_signed_and_kept(None))
    assert message.startswith("AUDIT_HEADS_FILE")
