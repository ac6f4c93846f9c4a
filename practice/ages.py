"""Ages in whole years."""

import datetime as dt


def age_on(day: dt.date, birth_date: dt.date | None) -> int | None:
    """Whole years on `day`; None without a birth date. Who was born on 29 February turns
    older on 1 March of the years that have none."""
    if birth_date is None:
        return None
    before_birthday = (day.month, day.day) < (birth_date.month, birth_date.day)
    return day.year - birth_date.year - before_birthday
