"""One plan line as a WholeScripts item (WholeScripts reference 8).

A bottle carries `Dosing`, a pack carries pills; one item never mixes both. What has no
documented word is written in plain words into `Notes` and reported as a loss.
"""

from __future__ import annotations

from dataclasses import dataclass

from practice.vendors import meanings, words
from practice.vendors.contract import Dose, PlanLine, PlanPill, Slot, Term, Wording
from practice.vendors.wholescripts import dosing, vocabulary


@dataclass(frozen=True)
class Written:
    """The item as it is posted, every key present, and what it could not carry."""

    item: dict
    losses: tuple[str, ...] = ()


def write(line: PlanLine) -> Written:
    """`line` as an item. Judge it with `problems` first."""
    return _pack(line) if line.pills else _bottle(line)


def _bottle(line: PlanLine) -> Written:
    losses, notes = [], []
    written = dosing.write(line.doses, line.allowed)
    if written is None:
        written = ""
        notes.append(words.doses(line.doses, line.dose_form))
        losses.append(
            f"WholeScripts knows whole numbers {_times(line, Term.TIME, dosing.WRITABLE)} only: "
            "the dose goes into the notes in words."
        )
    elif any(_food_is_lost(line, dose) for dose in line.doses):
        notes.append(words.doses(line.doses, line.dose_form))
        losses.append("WholeScripts' dosing cannot speak of food: it goes into the notes.")
    if not line.doses:
        notes.append(line.sig)
    length, spelled_out, lost = _duration(line)
    item = {
        "Sku": line.sku,
        "Quantity": line.units,
        "Dosing": written,
        "Notes": words.sentences(*notes, spelled_out, line.notes),
        "MedPaxName": "",
        "MedPaxPills": [],
        "ItemDuration": length,
    }
    return Written(item, (*losses, *lost))


def _pack(line: PlanLine) -> Written:
    losses, notes = [], [line.sig]
    for slot, food in _foods(line.pills).items():
        time, says = _packet(line, slot, food)
        if food is not None and says is None:
            notes.append(f"Packet {words.SLOTS[slot]}: take {words.FOOD[food]}.")
            losses.append("WholeScripts' packets cannot speak of food: it goes into the notes.")
        if food is None and says is not None:
            losses.append(f"WholeScripts will print '{time}'.")
    length, spelled_out, lost = _duration(line)
    item = {
        "Sku": line.sku,
        "Quantity": line.units,
        "Dosing": "",
        "Notes": words.sentences(*notes, spelled_out, line.notes),
        "MedPaxName": line.pack_name.strip(),
        "MedPaxPills": [
            {
                "Sku": pill.sku,
                "Quantity": pill.quantity,
                "ItemTime": _packet(line, pill.slot, pill.with_food)[0],
            }
            for pill in merged(line.pills)
        ],
        "ItemDuration": length,
    }
    return Written(item, (*dict.fromkeys(losses), *lost))


def merged(pills: tuple[PlanPill, ...]) -> tuple[PlanPill, ...]:
    """`pills` with the same SKU at the same time counted together (8.3)."""
    found: dict[tuple[str, Slot], PlanPill] = {}
    for pill in pills:
        key = (pill.sku, pill.slot)
        known = found.get(key)
        total = pill.quantity + (known.quantity if known else 0)
        found[key] = PlanPill(pill.sku, total, pill.slot, pill.with_food)
    return tuple(found.values())


def _packet(line: PlanLine, slot: Slot, food: bool | None) -> tuple[str, bool | None]:
    """(the word for a packet's time, what it says of food)."""
    return dosing.word(slot, food, line.allowed, Term.PACKET, vocabulary.PILL_TIMES)


def _food_is_lost(line: PlanLine, dose: Dose) -> bool:
    said = dosing.word(dose.slot, dose.with_food, line.allowed)[1]
    return dose.with_food is not None and said is not dose.with_food


def _times(line: PlanLine, term: Term, documented) -> str:
    """The times of day that have a word, in words."""
    opened = meanings.slots(line.allowed, term)
    return words.listed([words.SLOTS[one] for one in Slot if one in documented or one in opened])


def _foods(pills: tuple[PlanPill, ...]) -> dict[Slot, bool | None]:
    return {pill.slot: pill.with_food for pill in pills}


def _duration(line: PlanLine) -> tuple[str, str, tuple[str, ...]]:
    """(`ItemDuration`, words for the notes, losses).

    Three lengths are documented. For any other number of days without an opened word both
    `Ongoing` and `4 Weeks` would name a wrong end; `As Needed` names none and leaves it to
    the notes, which then say the days.
    """
    needed = line.as_needed or {dose.slot for dose in line.doses} == {Slot.AS_NEEDED}
    if line.duration_days is None:
        return (vocabulary.AS_NEEDED if needed else vocabulary.ONGOING), "", ()
    if line.duration_days == 28 and not needed:
        return vocabulary.FOUR_WEEKS, "", ()
    opened = line.allowed.word(Term.DURATION, str(line.duration_days))
    if opened and not needed:
        return opened, "", ()
    loss = (
        "WholeScripts knows 'Ongoing', 'As Needed' and '4 Weeks' only: it will show "
        "'As Needed', and the notes say the number of days."
    )
    regular = "" if needed else "Not only as needed."
    return vocabulary.AS_NEEDED, words.sentences(words.duration(line), regular), (loss,)


def wording(line: PlanLine) -> Wording:
    """How `line` will read at WholeScripts; the caller names a pack's pills beside it."""
    written = write(line)
    item = written.item
    pills = words.listed([f"{pill['Quantity']} {pill['ItemTime']}" for pill in item["MedPaxPills"]])
    text = ", ".join(
        filter(None, (item["MedPaxName"], pills, item["Dosing"], item["ItemDuration"]))
    )
    return Wording(
        text=words.sentences(f"{text}.", item["Notes"]),
        losses=written.losses,
        problems=problems(line, item),
    )


def problems(line: PlanLine, item: dict) -> tuple[str, ...]:
    """Why `line` cannot be sent, each a sentence."""
    found = []
    if not line.sku:
        found.append(
            "No pack product is configured."
            if line.pills
            else "This product has no WholeScripts SKU."
        )
    if line.units < 1:
        found.append("At least one must be recommended.")
    if line.duration_days is not None and line.duration_days < 1:
        found.append("A duration is at least one day.")
    if any(dose.quantity <= 0 for dose in line.doses):
        found.append("A dose is more than nothing.")
    found += _pack_problems(line) if line.pills else _bottle_problems(line)
    for label, text, limit in (
        ("The notes", item["Notes"], vocabulary.MAX_NOTES),
        ("The pack's name", item["MedPaxName"], vocabulary.MAX_PACK_NAME),
    ):
        found += text_problems(label, text, limit)
    return tuple(found)


def _bottle_problems(line: PlanLine) -> list[str]:
    return ["A pack needs at least one pill."] if line.pack_name else []


def _pack_problems(line: PlanLine) -> list[str]:
    found = []
    if not line.pack_name.strip():
        found.append("A pack needs a name: it is printed on every packet.")
    if line.doses:
        found.append("A pack has no dose of its own: its pills have.")
    for pill in merged(line.pills):
        if not pill.sku:
            found.append("A pill has no SKU.")
        if not _packet(line, pill.slot, pill.with_food)[0]:
            found.append(
                f"WholeScripts makes no packet to take {words.SLOTS[pill.slot]}: only "
                f"{_times(line, Term.PACKET, vocabulary.PILL_TIMES)}."
            )
        if pill.quantity < 1:
            found.append("A packet holds at least one of each pill.")
        most = line.allowed.pills_per_packet or vocabulary.MAX_PILLS_PER_PACKET
        if pill.quantity > most:
            found.append(
                f"{pill.quantity} of one pill in one packet: at most {most}. "
                "The number is per packet, not per month."
            )
    for slot in dict.fromkeys(pill.slot for pill in line.pills):
        foods = {pill.with_food for pill in line.pills if pill.slot is slot}
        if {True, False} <= foods or len(foods) > 1:
            found.append(
                f"The pills {words.SLOTS[slot]} must agree on food: one packet holds them."
            )
        elif foods == {True} and _packet(line, slot, True)[1] is False:
            found.append("WholeScripts' bedtime packet is taken without food.")
    return list(dict.fromkeys(found))


def text_problems(label: str, text: str, limit: int) -> list[str]:
    """Why `text` may not be sent: too long in UTF-16 units, or control characters (9.1)."""
    found = []
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if units > limit:
        found.append(f"{label}: {units} characters, at most {limit}.")
    if any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in text):
        found.append(f"{label}: line breaks and control characters cannot be sent.")
    return found
