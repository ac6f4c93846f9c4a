"""What log lines say: who, where and what by ids and routes, never by names or addresses.

Addresses hold hook paths, authorization codes and searched names; messages of exceptions
hold what they tripped over. So a line names the route, an exception is its types and places,
and of everything else that is bound to a line only the fields in `FIELDS` are written.
"""

import logging
import os
import traceback

import structlog
from celery.signals import setup_logging
from django.urls import Resolver404, resolve
from django_structlog import middlewares

FIELDS = frozenset(
    {
        "code",
        "kind",
        "ms",
        "operation",
        "practice_id",
        "receipt",
        "request",
        "request_id",
        "route",
        "run",
        "sending",
        "status",
        "task",
        "task_id",
        "type",
        "user_id",
        "vendor",
    }
)
FRAMES = 12
STRUCTURE = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def route_of(request) -> str:
    """`<slug:practice_slug>/patients/<int:patient_id>/`."""
    try:
        return (request.resolver_match or resolve(request.path_info)).route
    except Resolver404:
        return "(no such address)"


class RequestMiddleware(middlewares.RequestMiddleware):
    def format_request(self, request) -> str:
        return f"{request.method} {route_of(request)}"


class Routes(logging.Filter):
    """Puts the route where Django itself writes the address: its lines about every answer
    from 400 up. Machines' refusals are left out, which `machines_first` has written."""

    def filter(self, record) -> bool:
        request = getattr(record, "request", None)
        if getattr(request, "is_machine", False) and record.levelno < logging.ERROR:
            return False
        if request is not None and isinstance(record.args, tuple):
            asked = {request.path, request.path.encode("unicode_escape").decode("ascii")}
            route = route_of(request)
            record.args = tuple(route if arg in asked else arg for arg in record.args)
        return True


class Tasks(logging.Filter):
    """Of a task that failed Celery writes the exception's message and the task's arguments."""

    def filter(self, record) -> bool:
        if isinstance(record.args, dict) and "exc" in record.args:
            kind = record.exc_info[0].__name__ if record.exc_info else "an error"
            told = {"exc": kind, "traceback": "", "args": "", "kwargs": ""}
            record.args = {**record.args, **told}
        return True


def told(exc_info) -> str:
    """An exception and what led to it: their types and the places they passed, no message."""
    error, lines = exc_info[1], []
    while error is not None:
        lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
        for frame in traceback.extract_tb(error.__traceback__)[-FRAMES:]:
            folder, file = os.path.split(frame.filename)
            lines.append(f"  {os.path.basename(folder)}/{file}:{frame.lineno} {frame.name}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)


class Plain(logging.Formatter):
    """Lines to read, for the demo."""

    def formatException(self, exc_info):  # noqa: N802
        return told(exc_info)


def json_lines() -> logging.Formatter:
    """One JSON object a line."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*STRUCTURE, structlog.stdlib.ExtraAdder(allow=FIELDS - {"request"})],
        processors=[_exception, _only_fields, structlog.processors.JSONRenderer()],
    )


def _exception(logger, name, line):
    exc_info = line.pop("exc_info", None)
    if exc_info is True or (exc_info and not isinstance(exc_info, tuple)):
        exc_info = line["_record"].exc_info
    if exc_info and exc_info[1] is not None:
        line["exception"] = told(exc_info)
    return line


ALWAYS = {"event", "exception", "level", "logger", "timestamp"}


def _only_fields(logger, name, line):
    return {
        key: value
        for key, value in line.items()
        if key in FIELDS | ALWAYS and isinstance(value, str | int | float)
    }


def _event_only(logger, name, line):
    """For the demo's plain lines: the fields one may read, behind the event."""
    line = {key: value for key, value in line.items() if key in FIELDS | ALWAYS | {"exc_info"}}
    shown = [f"{key}={line[key]}" for key in sorted(line.keys() & FIELDS)]
    kept = {"exc_info": line["exc_info"]} if line.get("exc_info") else {}
    return (" ".join([line["event"], *shown]),), kept


def configure(kind: str, level: str) -> dict:
    """Django's LOGGING: `json` or `plain`. Has structlog write by the same way."""
    rendered = structlog.stdlib.ProcessorFormatter.wrap_for_formatter
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *STRUCTURE,
            rendered if kind == "json" else _event_only,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"routes": {"()": "config.logs.Routes"}, "tasks": {"()": "config.logs.Tasks"}},
        "formatters": {
            "json": {"()": "config.logs.json_lines"},
            "plain": {
                "()": "config.logs.Plain",
                "format": "%(levelname)s %(name)s %(message)s",
            },
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": kind}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django.request": {"filters": ["routes"]},
            "django.security.csrf": {"filters": ["routes"]},
            "celery.app.trace": {"filters": ["tasks"]},
            # Sets up its own handlers otherwise, with whole addresses in its lines.
            "django.server": {"handlers": [], "propagate": True, "level": "WARNING"},
        },
    }


@setup_logging.connect
def _as_in_settings(**kwargs):
    """Celery would put its own handlers in the place of ours."""
