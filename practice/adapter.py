"""How accounts behave: allauth's adapter."""

import logging
from smtplib import SMTPException

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.utils import timezone

from practice import invite

log = logging.getLogger("regimen.accounts")


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by invitation, and by everybody where the operator opened sign-up."""

    def is_open_for_signup(self, request):
        if invite.is_joining(request, now=timezone.now()):
            return True
        # A link that was good once proves no mailbox any more.
        if request.session.pop(invite.SESSION_KEY, None):
            self.unstash_verified_email(request)
        return settings.SIGN_UP_OPEN

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """What it tells of has happened already, so a mail that does not go stops nothing."""
        try:
            super().send_notification_mail(template_prefix, user, context, email)
        except (SMTPException, OSError):
            log.warning("notice_not_sent", extra={"user_id": user.pk, "kind": template_prefix})
