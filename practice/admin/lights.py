"""Red, amber and green, each with its word."""

from django.utils.html import format_html


def light(colour: str, words: str) -> str:
    return format_html('<span class="staff-light staff-light--{}">{}</span>', colour, words)
