"""System checks that name a wrong or missing setting before anything starts."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.db import OperationalError, connections

from practice import audit_heads, sealing
from practice.vendors.http import LOOPBACK

REQUIRED = [
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "SITE_URL",
    "REDIS_URL",
    "ENCRYPTION_KEYS",
    "AUDIT_SIGNING_KEY",
    "FULLSCRIPT_CLIENT_ID",
    "FULLSCRIPT_CLIENT_SECRET",
    "FULLSCRIPT_PUBLIC_KEY",
    "FULLSCRIPT_WEBHOOK_CHALLENGE",
    "FULLSCRIPT_WEBHOOK_KEYS",
    "WHOLESCRIPTS_BASE_URL",
    "WHOLESCRIPTS_USERNAME",
    "WHOLESCRIPTS_PASSWORD",
]
# More of one pill in one packet is no packet, but the number of a month.
MOST_PILLS = 12
URLS = [
    "SITE_URL",
    "FULLSCRIPT_API_BASE",
    "FULLSCRIPT_EMBED_ORIGIN",
    "WHOLESCRIPTS_BASE_URL",
    "SCRIPTRUN_BASE_URL",
]


@register()
def required_settings_are_there(app_configs, **kwargs):
    return [
        Error(f"{name} is not set.", hint=f"Set {name}; see .env.example.", id="regimen.E001")
        for name in REQUIRED
        if not getattr(settings, name)
    ]


@register()
def urls_are_urls(app_configs, **kwargs):
    return [
        Error(f"{name} is no http(s) address.", id="regimen.E002")
        for name in URLS
        if (value := getattr(settings, name))
        and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname)
    ]


@register()
def encryption_keys_open(app_configs, **kwargs):
    try:
        sealing.keys()
    except ValueError as wrong:
        return [Error(f"ENCRYPTION_KEYS: {wrong}.", id="regimen.E003")]
    return []


@register()
def known_fullscript_environment(app_configs, **kwargs):
    if settings.FULLSCRIPT_ENVIRONMENT in settings.FULLSCRIPT_APIS:
        return []
    known = ", ".join(settings.FULLSCRIPT_APIS)
    return [Error(f"FULLSCRIPT_ENVIRONMENT is none of {known}.", id="regimen.E004")]


@register()
def known_fullscript_rights(app_configs, **kwargs):
    unknown = set(settings.FULLSCRIPT_GRANTED) - {"products", "plans", "labs"}
    if not unknown:
        return []
    return [Error(f"FULLSCRIPT_GRANTED: unknown {sorted(unknown)}.", id="regimen.E005")]


@register()
def known_frame(app_configs, **kwargs):
    if settings.FULLSCRIPT_EMBED_FEATURE in ("platform", "treatmentPlan"):
        return []
    words = "FULLSCRIPT_EMBED_FEATURE is neither platform nor treatmentPlan."
    return [Error(words, id="regimen.E009")]


@register()
def wholescripts_stays_in_the_emr_family(app_configs, **kwargs):
    """A typo of EMR to Orders would place real orders (WholeScripts reference 1)."""
    base = settings.WHOLESCRIPTS_BASE_URL
    if not base or base.rstrip("/").endswith("/api/EMR"):
        return []
    return [Error("WHOLESCRIPTS_BASE_URL does not end in /api/EMR.", id="regimen.E006")]


@register()
def wholescripts_is_asked_in_a_way_it_knows(app_configs, **kwargs):
    found = []
    if settings.WHOLESCRIPTS_PATIENTS_BY not in ("query", "path"):
        words = "WHOLESCRIPTS_PATIENTS_BY is neither query nor path."
        found.append(Error(words, id="regimen.E023"))
    if not 1 <= settings.WHOLESCRIPTS_PILLS_PER_PACKET <= MOST_PILLS:
        words = f"WHOLESCRIPTS_PILLS_PER_PACKET is not a number from 1 to {MOST_PILLS}."
        found.append(Error(words, id="regimen.E024"))
    return found


@register()
def audit_heads_can_be_signed_and_kept(app_configs, **kwargs):
    found = []
    try:
        audit_heads.signing_keys()
    except ValueError as wrong:
        found.append(Error(f"AUDIT_SIGNING_KEY: {wrong}.", id="regimen.E020"))
    file = settings.AUDIT_HEADS_FILE
    if file and not os.access(Path(file).parent, os.W_OK):
        where = "AUDIT_HEADS_FILE is in no folder that can be written to."
        found.append(Error(where, id="regimen.E021"))
    return found


# --- Production, and what is none


def is_production() -> bool:
    """Demo and tests are plain HTTP."""
    return settings.SECURE_SSL_REDIRECT


@register()
def browsers_come_by_tls(app_configs, **kwargs):
    if not is_production() or not settings.SITE_URL or settings.SITE_URL.startswith("https://"):
        return []
    return [Error("SITE_URL is not https.", id="regimen.E030")]


@register()
def hosts_are_named(app_configs, **kwargs):
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [Error("ALLOWED_HOSTS lets any host through.", id="regimen.E031")]


@register()
def the_secret_key_cannot_be_guessed(app_configs, **kwargs):
    key = settings.SECRET_KEY
    if not is_production() or (len(key) >= 50 and len(set(key)) >= 5):
        return []
    return [Error("SECRET_KEY is shorter than 50 characters.", id="regimen.E032")]


@register()
def the_broker_is_redis(app_configs, **kwargs):
    parts = urlsplit(settings.REDIS_URL)
    if not settings.REDIS_URL or (parts.scheme in ("redis", "rediss") and parts.hostname):
        return []
    return [Error("REDIS_URL is no redis:// or rediss:// address.", id="regimen.E033")]


@register()
def a_lease_outlasts_a_task(app_configs, **kwargs):
    """Tests shorten the lease, so that a dead worker's row is taken up while they wait."""
    if not is_production() or settings.LEASE_SECONDS > settings.CELERY_TASK_TIME_LIMIT:
        return []
    shortest = settings.CELERY_TASK_TIME_LIMIT
    return [Error(f"LEASE_SECONDS is not more than {shortest}.", id="regimen.E034")]


@register()
def proof_has_an_origin(app_configs, **kwargs):
    origin = settings.SCRIPTRUN_PROOF_ORIGIN
    parts = urlsplit(origin)
    if origin == f"{parts.scheme}://{parts.netloc}" and parts.hostname and "@" not in origin:
        return []
    return [Error("SCRIPTRUN_PROOF_ORIGIN is no https://host.", id="regimen.E035")]


@register()
def simulated_and_real_vendors_never_mix(app_configs, **kwargs):
    """Design 8: a live key or a vendor's real address stops demo and tests; a simulator's
    stops production."""
    names = [*URLS[1:], "SCRIPTRUN_PROOF_ORIGIN"]
    here = {
        name: urlsplit(value).hostname in LOOPBACK
        for name in names
        if (value := getattr(settings, name))
    }
    if not settings.VENDORS_ARE_SIMULATED:
        return [
            Error(f"{name} leads to this machine: that is a simulator.", id="regimen.E036")
            for name, is_here in here.items()
            if is_here and is_production()
        ]
    found = [
        Error(f"{name} leads to a real vendor; demo and tests use simulators.", id="regimen.E037")
        for name, is_here in here.items()
        if not is_here
    ]
    if not settings.FULLSCRIPT_ENVIRONMENT.endswith("-snd"):
        found.append(Error("FULLSCRIPT_ENVIRONMENT is a live one.", id="regimen.E038"))
    if settings.SCRIPTRUN_LIVE:
        found.append(Error("SCRIPTRUN_LIVE is true.", id="regimen.E039"))
    found += [
        Error(f"{name} holds a live key; demo and tests take none.", id="regimen.E040")
        for name, value in sorted(os.environ.items())
        if "sk_live_" in value
    ]
    return found


@register(Tags.database)
def the_role_is_bound_by_policies(app_configs, databases=None, **kwargs):
    """A superuser, a role that may bypass policies and the tables' owner are not."""
    if "default" not in (databases or []):
        return []
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT rolsuper, rolbypassrls, EXISTS (SELECT FROM pg_class JOIN pg_namespace n "
                "ON n.oid = relnamespace WHERE relowner = pg_roles.oid AND relkind IN ('r', 'p') "
                "AND nspname = 'public') FROM pg_roles WHERE rolname = current_user"
            )
            superuser, bypasses, owns = cursor.fetchone()
    except OperationalError:
        return []  # away, which is nothing to configure
    wrong = {"is a superuser": superuser, "may bypass policies": bypasses, "owns tables": owns}
    return [
        Error(f"DATABASE_URL's role {what}; see docs/deploy.md.", id="regimen.E041")
        for what, is_so in wrong.items()
        if is_so
    ]


@register(deploy=True)
def mail_leaves(app_configs, **kwargs):
    if not settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        return []
    return [Warning("EMAIL_URL is not set: mail is only written to the log.", id="regimen.W042")]
