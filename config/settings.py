"""Settings. Every value comes from the environment; `config.checks` names what is wrong."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF

from config import logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- The usual

DEBUG = False
SECRET_KEY = env("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
SITE_URL = env("SITE_URL", default="").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL else []
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

INSTALLED_APPS = [
    "practice",
    "catalog",
    "recommendations",
    "deliveries",
    "unfold.apps.BasicAppConfig",
    "config.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_structlog",
    "phonenumber_field",
    "template_partials",
]

MIDDLEWARE = [
    "config.machines.machines_first",
    "config.headers.own_origin_only",
    "django.middleware.security.SecurityMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "practice.middleware.stored_nowhere",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.logs.RequestMiddleware",
    "practice.session_store.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "practice.uploads.UploadMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "practice.presence.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "practice.middleware.PracticeMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.shell.context",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- PostgreSQL: the application's role, which owns no table and may not bypass policies.
# The owner's role exists in the environment of `migrate` only.

DATABASES = {"default": env.db_url("DATABASE_URL", default="postgres:///regimen")}
if env("MIGRATION_DATABASE_URL", default=""):
    DATABASES["owner"] = env.db_url("MIGRATION_DATABASE_URL")
for _database in DATABASES.values():
    _database["ENGINE"] = "django.db.backends.postgresql"
    _database["HOST"] = unquote(_database["HOST"] or "")  # a socket's folder comes encoded
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- Redis or Valkey: broker, cache and rate limits

REDIS_URL = env("REDIS_URL", default="")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL or "redis://127.0.0.1:6379/0",
        "KEY_PREFIX": "regimen",
        # Without them a page would hang for as long as the network does.
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }
}

# --- People

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "practice.passwords.GuessedFirst"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_SESSION_REMEMBER = False  # practice/presence.py says how long a session lasts
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True  # of changes to how somebody signs in
ACCOUNT_ADAPTER = "practice.adapter.AccountAdapter"
# Attempts to sign in are counted by address: the one that the last of our proxies saw.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=1)
ACCOUNT_FORMS = {"login": "practice.sign_in.SignIn", "signup": "practice.sign_in.SignUp"}
# Whether anybody may make an account and open a practice (docs/deploy.md says what they see).
SIGN_UP_OPEN = env.bool("SIGN_UP_OPEN", default=False)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "practice.second_step.MFAAdapter"  # keeps secrets sealed

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Regimen <no-reply@regimen.example>")

# --- Browsers

STATIC_URL = "static/"
STATIC_ROOT = env("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("fullscript", BASE_DIR / "node_modules/@fullscript/fullscript-js/dist"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

SESSION_ENGINE = "practice.session_store"  # sealed, and no key of it in the database
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60  # of its row; the cookie leaves with the browser
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# Nothing of a device is used but passkeys.
PERMISSIONS_POLICY = {
    **dict.fromkeys(
        (
            "accelerometer",
            "bluetooth",
            "camera",
            "display-capture",
            "geolocation",
            "gyroscope",
            "hid",
            "magnetometer",
            "microphone",
            "midi",
            "payment",
            "screen-wake-lock",
            "serial",
            "usb",
            "xr-spatial-tracking",
        ),
        [],
    ),
    "publickey-credentials-create": "self",
    "publickey-credentials-get": "self",
}
# One request's form; a view that takes a file says so and how large (practice/uploads.py).
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 1
X_FRAME_OPTIONS = "DENY"
# In the row of the session, not in a cookie: they may name what was done for whom.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

FULLSCRIPT_ORIGINS = {
    "us-snd": "https://us-snd.fullscript.io",
    "ca-snd": "https://ca-snd.fullscript.io",
    "us": "https://us.fullscript.com",
    "ca": "https://ca.fullscript.com",
}
FULLSCRIPT_APIS = {
    "us-snd": "https://api-us-snd.fullscript.io/api",
    "ca-snd": "https://api-ca-snd.fullscript.io/api",
    "us": "https://api-us.fullscript.com/api",
    "ca": "https://api-ca.fullscript.com/api",
}

# --- Secrets at rest: `id:base64key` pairs, newest first

ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[])

# --- Heads of the audit trail, signed and kept outside the database

AUDIT_SIGNING_KEY = env.list("AUDIT_SIGNING_KEY", default=[])
AUDIT_HEADS_FILE = env("AUDIT_HEADS_FILE", default="")

# --- Vendors

FULLSCRIPT_ENVIRONMENT = env("FULLSCRIPT_ENVIRONMENT", default="us-snd")
FULLSCRIPT_CLIENT_ID = env("FULLSCRIPT_CLIENT_ID", default="")
FULLSCRIPT_CLIENT_SECRET = env("FULLSCRIPT_CLIENT_SECRET", default="")
FULLSCRIPT_PUBLIC_KEY = env("FULLSCRIPT_PUBLIC_KEY", default="")
# `treatmentPlan` is the older frame, without labs: for when the newer one is in trouble.
FULLSCRIPT_EMBED_FEATURE = env("FULLSCRIPT_EMBED_FEATURE", default="platform")
FULLSCRIPT_WEBHOOK_CHALLENGE = env("FULLSCRIPT_WEBHOOK_CHALLENGE", default="")
FULLSCRIPT_WEBHOOK_KEYS = env.list("FULLSCRIPT_WEBHOOK_KEYS", default=[])
FULLSCRIPT_GRANTED = env.list("FULLSCRIPT_GRANTED", default=[])
# Of all processes together in five minutes. The vendor allows 5000 (Fullscript reference 4).
FULLSCRIPT_MOST_CALLS = env.int("FULLSCRIPT_MOST_CALLS", default=4000)
FULLSCRIPT_API_BASE = env(
    "FULLSCRIPT_API_BASE", default=FULLSCRIPT_APIS.get(FULLSCRIPT_ENVIRONMENT, "")
)
FULLSCRIPT_EMBED_ORIGIN = env(
    "FULLSCRIPT_EMBED_ORIGIN", default=FULLSCRIPT_ORIGINS.get(FULLSCRIPT_ENVIRONMENT, "")
)
# Where files of laboratory results may be fetched from: exact origins, nothing else.
FULLSCRIPT_FILE_ORIGINS = env.list(
    "FULLSCRIPT_FILE_ORIGINS",
    default=[
        FULLSCRIPT_EMBED_ORIGIN,
        "://".join(urlsplit(FULLSCRIPT_API_BASE)[:2]),
    ],
)
# Where its links may lead beside the frame's own pages (reference 9, host not documented).
FULLSCRIPT_LINK_ORIGINS = env.list("FULLSCRIPT_LINK_ORIGINS", default=[])
WHOLESCRIPTS_BASE_URL = env("WHOLESCRIPTS_BASE_URL", default="")
WHOLESCRIPTS_USERNAME = env("WHOLESCRIPTS_USERNAME", default="")
WHOLESCRIPTS_PASSWORD = env("WHOLESCRIPTS_PASSWORD", default="")
WHOLESCRIPTS_PACK_SKU = env("WHOLESCRIPTS_PACK_SKU", default="")
# How many of one pill a packet may hold: whether the number is per packet is not documented, and
# read otherwise a larger one multiplies a dose (WholeScripts reference 8.3).
WHOLESCRIPTS_PILLS_PER_PACKET = env.int("WHOLESCRIPTS_PILLS_PER_PACKET", default=6)
# How the search of a practitioner's patients takes the address: `query` or `path` (7.2).
WHOLESCRIPTS_PATIENTS_BY = env("WHOLESCRIPTS_PATIENTS_BY", default="query")
# Where its links for patients lead, whichever base is asked (WholeScripts reference 9.2).
WHOLESCRIPTS_LINK_ORIGINS = ["https://www.wholescripts.com"]
SCRIPTRUN_BASE_URL = env("SCRIPTRUN_BASE_URL", default="https://scriptrun.app")
SCRIPTRUN_LIVE = env.bool("SCRIPTRUN_LIVE", default=True)  # refuses sk_test_ keys, and the reverse
SCRIPTRUN_PROOF_ORIGIN = env("SCRIPTRUN_PROOF_ORIGIN", default="https://storage.scriptrun.app")
SIMULATOR_CONTROL_URL = ""
VENDORS_ARE_SIMULATED = False  # True refuses every address and key of a real one

# What each vendor's client is built from, beside a person's token or a practice's key.
VENDOR_CLIENTS = {
    "fullscript": {
        "base_url": FULLSCRIPT_API_BASE,
        "embed_origin": FULLSCRIPT_EMBED_ORIGIN,
        "client_id": FULLSCRIPT_CLIENT_ID,
        "client_secret": FULLSCRIPT_CLIENT_SECRET,
        "link_origins": FULLSCRIPT_LINK_ORIGINS,
    },
    "wholescripts": {
        "base_url": WHOLESCRIPTS_BASE_URL,
        "username": WHOLESCRIPTS_USERNAME,
        "password": WHOLESCRIPTS_PASSWORD,
        "link_origins": WHOLESCRIPTS_LINK_ORIGINS,
        "patients_by": WHOLESCRIPTS_PATIENTS_BY,
    },
    "scriptrun": {"base_url": SCRIPTRUN_BASE_URL, "live": SCRIPTRUN_LIVE},
}
VENDOR_ENVIRONMENTS = {
    "fullscript": FULLSCRIPT_ENVIRONMENT,
    "wholescripts": urlsplit(WHOLESCRIPTS_BASE_URL).hostname or "",
    "scriptrun": "live" if SCRIPTRUN_LIVE else "test",
}
# What a vendor's frame needs in the browser. `domain` overrides where it is served from.
VENDOR_FRAMES = {
    "fullscript": {
        "public_key": FULLSCRIPT_PUBLIC_KEY,
        "environment": FULLSCRIPT_ENVIRONMENT,
        "feature": FULLSCRIPT_EMBED_FEATURE,
        "has_labs": FULLSCRIPT_EMBED_FEATURE == "platform",
        "origin": FULLSCRIPT_EMBED_ORIGIN,
        "domain": (
            ""
            if FULLSCRIPT_ORIGINS.get(FULLSCRIPT_ENVIRONMENT) == FULLSCRIPT_EMBED_ORIGIN
            else FULLSCRIPT_EMBED_ORIGIN
        ),
    }
}
# The only places of a vendor that pages lead to by an address it gave (practice/outward.py).
VENDOR_LINK_ORIGINS = {
    "fullscript": [FULLSCRIPT_EMBED_ORIGIN, *FULLSCRIPT_LINK_ORIGINS],
    "wholescripts": WHOLESCRIPTS_LINK_ORIGINS,
}
# A vendor's frame copies links for the clinician, as our own pages do.
PERMISSIONS_POLICY["clipboard-write"] = ["self", FULLSCRIPT_EMBED_ORIGIN]
# How much a vendor is asked by all our processes together (practice/budget.py): windows of
# (calls, seconds), and the share of each up to which background work may go on.
VENDOR_BUDGETS = {
    "fullscript": {"windows": [(FULLSCRIPT_MOST_CALLS, 300)], "background": 0.7},
    # WholeScripts documents no limit: this is our own restraint.
    "wholescripts": {"windows": [(600, 300)], "background": 0.7},
}
# Origins that files which a vendor names are fetched from.
VENDOR_FILE_ORIGINS = {"fullscript": FULLSCRIPT_FILE_ORIGINS}
# How many of one pill a packet holds at the most.
VENDOR_PILLS_PER_PACKET = {"wholescripts": WHOLESCRIPTS_PILLS_PER_PACKET}
# Rights a vendor grants on request only.
VENDOR_RIGHTS = {"fullscript": FULLSCRIPT_GRANTED}
# Secrets that verify webhooks which reach one address for all practices.
VENDOR_HOOK_SECRETS = {"fullscript": FULLSCRIPT_WEBHOOK_KEYS}
VENDOR_HOOK_CHALLENGES = {"fullscript": FULLSCRIPT_WEBHOOK_CHALLENGE}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, FULLSCRIPT_EMBED_ORIGIN],
        "frame-src": [FULLSCRIPT_EMBED_ORIGIN],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
        # static/js/trusted.js says what may become HTML; nothing may become a script.
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["default"],
    }
}

# --- Celery: tasks are nudges that carry ids. State lives in PostgreSQL (design 5).

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 150
CELERY_TASK_TIME_LIMIT = 170
LEASE_SECONDS = env.int("LEASE_SECONDS", default=180)
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_connect_timeout": 2}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
# Thousands of nudges may wait in the broker. What notices dead workers, and looks up whether
# what they were at arrived, goes before them: with Redis 0 is the highest priority.
CELERY_TASK_ROUTES = {
    "*.tasks.sweep": {"priority": 0},
    "recommendations.tasks.look_up": {"priority": 0},
    "*": {"priority": 3},
}
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=10.0)
CELERY_BEAT_SCHEDULE = {
    "practice-sweep": {"task": "practice.tasks.sweep", "schedule": SWEEP_SECONDS},
    "catalog-sweep": {"task": "catalog.tasks.sweep", "schedule": SWEEP_SECONDS},
    "recommendations-sweep": {"task": "recommendations.tasks.sweep", "schedule": SWEEP_SECONDS},
    "recommendations-plan-readings": {
        "task": "recommendations.tasks.plan_readings",
        "schedule": crontab(minute=10),
    },
    "deliveries-sweep": {"task": "deliveries.tasks.sweep", "schedule": SWEEP_SECONDS},
    "connection-freshen": {
        "task": "practice.tasks.freshen_connections",
        "schedule": crontab(minute=40),
    },
    "events-complete": {
        "task": "practice.tasks.complete_catch_ups",
        "schedule": crontab(minute=10),
    },
    # A day is sealed once; the other hours find what a lost nudge left.
    "audit-seal": {"task": "practice.tasks.seal_audit", "schedule": crontab(minute=20)},
    "import-clear": {"task": "practice.tasks.discard_imports", "schedule": crontab(minute=30)},
    "session-clear": {"task": "practice.tasks.clear_sessions", "schedule": crontab(minute=50)},
}
# How long a booking without an answer waits for its webhook (ScriptRun reference 5.2).
COURIER_UNKNOWN_WAIT = env.float("COURIER_UNKNOWN_WAIT", default=900)
# Waits before a plan made in a vendor's own page is looked for, in seconds: over two days.
PLAN_FIND_WAITS = env.list(
    "PLAN_FIND_WAITS",
    cast=float,
    default=[30, 60, 120, 300, 600, 1800, 3600, 7200, *([14400] * 11)],
)
# Waits before a sent plan that could not be read back is read again; then once a day, as for
# every plan that stands, for so many days.
PLAN_READ_WAITS = env.list("PLAN_READ_WAITS", cast=float, default=[60, 300, 1800, 7200])
PLAN_FOLLOW_DAYS = env.int("PLAN_FOLLOW_DAYS", default=60)
# Waits before an unknown outcome is looked up again, in seconds (WholeScripts reference 10).
LOOK_UP_WAITS = env.list("LOOK_UP_WAITS", cast=float, default=[30, 120, 600])

# --- Logs: structured, ids only; names, bodies and query strings never enter them.

LOG_FORMAT = env("LOG_FORMAT", default="json")
LOG_LEVEL = env("LOG_LEVEL", default="INFO")
LOGGING = logs.configure(LOG_FORMAT, LOG_LEVEL)
# An id that somebody else chose would be theirs to write into our logs and the audit trail.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = False
DJANGO_STRUCTLOG_TRUST_UPSTREAM_CORRELATION_ID = False
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False

PHONENUMBER_DEFAULT_REGION = "US"
UNFOLD = {
    "SITE_TITLE": "Regimen staff",
    "SITE_HEADER": "Regimen staff",
    "STYLES": ["practice.navigation.stylesheet"],
    "SIDEBAR": {"navigation": "practice.navigation.sidebar"},
}
ENVIRONMENT_BANNER = env("ENVIRONMENT_BANNER", default="")
