"""Settings of `make demo`: plain HTTP on loopback, simulated vendors, mail kept in files."""

from config.settings import *

ENVIRONMENT_BANNER = "Demo: the three vendors are simulated. Nobody here is a real person."
VENDORS_ARE_SIMULATED = True
LOG_FORMAT = env("LOG_FORMAT", default="plain")
LOGGING = logs.configure(LOG_FORMAT, LOG_LEVEL)
SIMULATOR_CONTROL_URL = env("SIMULATOR_CONTROL_URL")
SIGN_UP_OPEN = True
# The simulated dispensary may lead to its own pages.
WHOLESCRIPTS_LINK_ORIGINS.append("://".join(urlsplit(WHOLESCRIPTS_BASE_URL)[:2]))
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = env("DEMO_MAIL_FOLDER")

# Plain HTTP: browsers refuse `__Host-` and Secure cookies there.
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 0
SESSION_COOKIE_NAME = "session"
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_NAME = "csrf"
CSRF_COOKIE_SECURE = False
ALLAUTH_TRUSTED_PROXY_COUNT = 0
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # passkeys work at http://localhost, not at an IP

INSTALLED_APPS = [*INSTALLED_APPS, "tests.stack"]
