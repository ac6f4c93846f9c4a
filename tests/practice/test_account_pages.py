"""Pages of one's own account, which allauth answers inside our middleware."""

import pytest
from django.urls import reverse

PAGES = ["mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"]


@pytest.mark.parametrize("name", PAGES)
def test_a_second_step_is_set_up_after_the_password_is_asked_again(clinic, name):
    answer = clinic.alice.get(reverse(name), secure=True)
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert "password" in clinic.alice.get(answer.url, secure=True).content.decode()


def test_the_cursor_begins_in_the_e_mail_field(client, db):
    page = client.get(reverse("account_login"), secure=True).content.decode()
    assert 'name="login"' in page
    assert page.count("autofocus") == 1
