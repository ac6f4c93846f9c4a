"""Doses in Fullscript's closed vocabulary, both ways (Fullscript reference 5.4).

Writing: a field that has no listed word is left out, and the whole instruction is then
written in plain words into `additional_info`, never rounded. Reading: numbers only where
amount, frequency and times agree; otherwise the words as they stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from practice.vendors import meanings, reading, words
from practice.vendors.contract import NOTHING_MORE, Allowed, Dose, PlanLine, Slot, Term, Wording
from practice.vendors.fullscript import vocabulary


@dataclass(frozen=True)
class Written:
    """The request fields of one line, and what they could not carry."""

    dosage: dict
    take_with: str = ""
    losses: tuple[str, ...] = ()


def write(line: PlanLine) -> Written:
    """`line` as Fullscript's `dosage` and `take_with`, only words listed or opened for us."""
    losses, fields = [], {}
    regular = [dose for dose in line.doses if dose.slot is not Slot.AS_NEEDED]
    opened = {dose.slot: _opened_time(dose.slot, line.allowed) for dose in regular}
    times = [opened[dose.slot] or vocabulary.TIMES[dose.slot] for dose in regular]
    times = list(dict.fromkeys(times))
    quantities = {dose.quantity for dose in line.doses}

    amount = _amount(next(iter(quantities)), line.allowed) if len(quantities) == 1 else ""
    if amount:
        fields["amount"] = amount
    elif line.doses:
        losses.append("Fullscript has no word for these amounts.")
    distinct = len({dose.slot for dose in regular}) == len(regular)
    frequency = _frequency(len(regular), line.allowed) if distinct else ""
    if frequency and len(regular) == len(line.doses):
        fields["frequency"] = frequency
    elif regular:
        losses.append("Fullscript has no word for how often this is taken.")
    if times:
        fields["time_of_day"] = times
    rounded = {slot for slot, word in opened.items() if not word} & vocabulary.ROUNDED
    if rounded or len(times) < len(regular):
        losses.append("Fullscript has no word for one of these times of day.")

    foods = {dose.with_food for dose in line.doses}
    take_with = vocabulary.FOOD if foods == {True} else ""
    if foods and foods not in ({True}, {None}):
        losses.append("Fullscript cannot say this about food.")

    needed = line.as_needed or (line.doses and not regular)
    if line.duration_days is not None:
        fields["duration"] = str(line.duration_days)
        if needed:
            losses.append("Fullscript takes either a number of days or 'as needed'.")
    else:
        fields["duration"] = vocabulary.AS_NEEDED if needed else vocabulary.ONGOING

    singular = words.singular(line.dose_form)
    form = vocabulary.FORMS.get(singular) or line.allowed.word(Term.FORM, singular)
    if form:
        fields["format"] = form
    elif line.dose_form and line.doses:
        losses.append(f"Fullscript has no word for the form {line.dose_form}.")

    spelled_out = (
        words.doses(line.doses, line.dose_form),
        "Only as needed." if line.as_needed else "",
    )
    info = words.sentences(*(spelled_out if losses else ()), _sig(line), line.notes)
    if info:
        fields["additional_info"] = info
    where = " The full instruction goes into the additional information."
    return Written(fields, take_with, tuple(loss + where for loss in losses))


def wording(line: PlanLine) -> Wording:
    """How `line` will read at Fullscript."""
    written = write(line)
    problems = []
    if not line.sku:
        problems.append("This product has no Fullscript variant.")
    if line.units < 1:
        problems.append("At least one bottle must be recommended.")
    if line.pills or line.pack_name:
        problems.append("Fullscript does not make packs by time of day.")
    if line.duration_days is not None and line.duration_days < 1:
        problems.append("A duration is at least one day.")
    if any(dose.quantity <= 0 for dose in line.doses):
        problems.append("A dose is more than nothing.")
    return Wording(
        text=text_of(written.dosage, written.take_with),
        losses=written.losses,
        problems=tuple(problems),
    )


def text_of(dosage: dict, take_with: str) -> str:
    """The words of a dosage in one line: what a patient reads there."""
    times = words.listed(list(reading.texts(dosage.get("time_of_day"))))
    length = reading.text(dosage.get("duration"))
    if length.isdigit():
        length = f"for {length} days"
    amount = " ".join(filter(None, (reading.text(dosage.get("amount")), _format(dosage))))
    parts = (
        " ".join(filter(None, (amount, reading.text(dosage.get("frequency"))))),
        times,
        f"with {take_with}" if take_with else "",
        length,
    )
    return words.sentences(
        ", ".join(filter(None, parts)) + ".", reading.text(dosage.get("additional_info"))
    ).lstrip(". ")


def doses(dosage: dict, take_with: str = "", allowed: Allowed = NOTHING_MORE) -> tuple[Dose, ...]:
    """The doses a dosage states beyond doubt; () where it must be read as words."""
    amount = reading.text(dosage.get("amount"))
    quantity = {"1/2": Decimal("0.5")}.get(amount)
    quantity = quantity or reading.number(allowed.meaning(Term.AMOUNT, amount) or amount)
    frequency = reading.text(dosage.get("frequency"))
    times = list(reading.texts(dosage.get("time_of_day")))
    if not times and frequency.lower() == vocabulary.EVERY_MORNING:
        times, frequency = ["morning"], vocabulary.FREQUENCIES[1]
    slots = [_slot(found, allowed) for found in times]
    if quantity is None or quantity <= 0 or None in slots or len(set(slots)) != len(slots):
        return ()
    opened = allowed.meaning(Term.FREQUENCY, frequency)
    if opened != str(len(slots)) and frequency.lower() != vocabulary.FREQUENCIES.get(len(slots)):
        return ()
    with_food = True if take_with.lower() == vocabulary.FOOD else None
    return tuple(Dose(slot, quantity, with_food) for slot in slots)


def _opened_time(slot: Slot, allowed: Allowed) -> str:
    """An opened word for a time that the listed ones would round; '' for the others."""
    return allowed.word(Term.TIME, meanings.at(slot)) if slot in vocabulary.ROUNDED else ""


def _amount(quantity: Decimal, allowed: Allowed) -> str:
    word = vocabulary.AMOUNTS.get(quantity)
    return word or allowed.word(Term.AMOUNT, words.amount(quantity))


def _frequency(times: int, allowed: Allowed) -> str:
    return vocabulary.FREQUENCIES.get(times) or allowed.word(Term.FREQUENCY, str(times))


def _slot(word: str, allowed: Allowed) -> Slot | None:
    """What a time of day means; None for one we do not know."""
    time = meanings.time_of(allowed.meaning(Term.TIME, word))
    return vocabulary.SLOTS.get(word.lower()) or (time[0] if time else None)


def sig(dosage: dict, take_with: str = "") -> str:
    """A dosage word for word, without its duration and additional information."""
    shown = {key: dosage.get(key) for key in ("amount", "frequency", "format", "time_of_day")}
    if not any(reading.texts(value) for value in shown.values()) and not take_with:
        return ""
    return text_of(shown, take_with)


def _format(dosage: dict) -> str:
    return reading.text(dosage.get("format"))


def _sig(line: PlanLine) -> str:
    return "" if line.doses else line.sig
