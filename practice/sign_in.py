"""The forms of the sign-in and sign-up pages."""

from allauth.account.forms import LoginForm, SignupForm
from allauth.core import context
from django.forms import HiddenInput


class SignIn(LoginForm):
    """allauth's own, with the cursor where typing begins, and a name for password managers."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autofocus"] = True
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class SignUp(SignupForm):
    """allauth's own. Who comes by an invitation chooses a password only: the account is for
    the address that was invited."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.invited = context.request.session.get("account_verified_email")
        if self.invited:
            self.fields["email"].widget = HiddenInput()
            self.fields["email"].required = False

    def clean_email(self):
        if self.invited:
            self.cleaned_data["email"] = self.invited
        return super().clean_email()
