"""How accounts behave: allauth's adapter."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Practices are opened by the operator or by invitation; nobody signs up by themselves."""

    def is_open_for_signup(self, request):
        return False
