"""Passwords that are long and guessed first all the same."""

import re

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

ROWS = ("0123456789" * 3, "abcdefghijklmnopqrstuvwxyz" * 2, "qwertyuiopasdfghjklzxcvbnm" * 2)
FEWEST = 5


class GuessedFirst(CommonPasswordValidator):
    """Refuses common words with something at the ends or said twice, runs of the alphabet or the
    keyboard, and few different characters. Lists of common passwords hold mostly short ones."""

    def validate(self, password, user=None):
        plain = password.lower()
        runs = any(plain in row or plain in row[::-1] for row in ROWS)
        if runs or len(set(plain)) < FEWEST or core(plain) in self.passwords | {"regimen"}:
            raise ValidationError(
                "This password is among the first that are tried. Choose another, for example "
                "four words that have nothing to do with each other.",
                code="password_guessed_first",
            )

    def get_help_text(self):
        return "Your password can’t be a common word with something added to it."


def core(plain: str) -> str:
    """What is left without digits and signs at the ends, said once: "admin" of "adminadmin12"."""
    word = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    again = re.fullmatch(r"(.+?)\1*", word)
    return again[1] if again else word
