"""The form of the sign-in page."""

from allauth.account.forms import LoginForm


class SignIn(LoginForm):
    """allauth's own, with the cursor where typing begins, and a name for password managers."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autofocus"] = True
        self.fields["login"].widget.attrs["autocomplete"] = "username"
