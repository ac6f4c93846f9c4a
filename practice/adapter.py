"""How accounts behave: allauth's adapter."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.utils import timezone

from practice import invite


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by invitation, and by everybody where the operator opened sign-up."""

    def is_open_for_signup(self, request):
        if invite.is_joining(request, now=timezone.now()):
            return True
        # A link that was good once proves no mailbox any more.
        if request.session.pop(invite.SESSION_KEY, None):
            self.unstash_verified_email(request)
        return settings.SIGN_UP_OPEN
