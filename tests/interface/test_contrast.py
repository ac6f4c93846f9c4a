"""The colours of static/css/tokens.css, measured in pairs as WCAG 2.2 does."""

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).parents[2] / "static/css/tokens.css").read_text()
DECLARED = dict(re.findall(r"--([\w-]+): ([^;]+);", TOKENS))

READ = 4.5  # text on its ground
SEEN = 3.0  # the edge of a control, a graphic that carries meaning

PAIRS = [
    *((text, ground, READ) for text in ("text", "text-quiet", "accent-text", "bad", "good", "warn")
      for ground in ("page", "surface", "raised", "sunken")),
    *((tone, f"{tone}-soft", READ) for tone in ("good", "warn", "bad", "note")),
    ("accent-ink", "accent", READ),
    ("accent-ink", "accent-hover", READ),
    ("danger-ink", "danger", READ),
    ("accent-strong", "accent-soft", READ),
    ("accent-text", "accent-soft", READ),
    ("accent-text", "accent-wash", READ),
    ("text-quiet", "accent-wash", READ),
    ("page", "text", READ),
    *(("line-control", ground, SEEN) for ground in ("page", "surface", "sunken")),
    *(("focus", ground, SEEN) for ground in ("page", "surface", "raised", "accent-soft")),
    ("accent", "surface", SEEN),
    ("accent", "sunken", SEEN),
    ("moon", "surface", SEEN),
]  # fmt: skip


def hexadecimal(token: str, theme: int) -> str:
    """The colour of a token, theme 0 light and 1 dark, as #rrggbb."""
    value = DECLARED[token]
    if value.startswith("light-dark"):
        value = re.findall(r"var\(--[\w-]+\)", value)[theme]
    if inner := re.fullmatch(r"var\(--([\w-]+)\)", value):
        return hexadecimal(inner[1], theme)
    return value


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_colours_can_be_told_apart(front, ground, least, theme):
    ratio = contrast(hexadecimal(front, theme), hexadecimal(ground, theme))
    assert ratio >= least, f"{front} on {ground}: {ratio:.2f}"
