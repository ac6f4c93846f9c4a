"""System checks that name a wrong or missing setting before anything starts."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, register

from practice import audit_heads, sealing

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
def wholescripts_stays_in_the_emr_family(app_configs, **kwargs):
    """A typo of EMR to Orders would place real orders (WholeScripts reference 1)."""
    base = settings.WHOLESCRIPTS_BASE_URL
    if not base or base.rstrip("/").endswith("/api/EMR"):
        return []
    return [Error("WHOLESCRIPTS_BASE_URL does not end in /api/EMR.", id="regimen.E006")]


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
