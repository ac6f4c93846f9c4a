"""What the vendor holds against what was intended, line by line."""

from practice.vendors import words
from practice.vendors.contract import PlanLine


def differences(ours: tuple[PlanLine, ...], theirs: tuple[PlanLine, ...], names: dict) -> list[str]:
    """Sentences for the clinician; [] when a patient could not tell the two apart. `names`
    gives a product's name by SKU."""
    held = {line.sku: line for line in theirs}
    wanted = {line.sku: line for line in ours}
    found = []
    for sku, line in wanted.items():
        name = names.get(sku, sku)
        other = held.get(sku)
        if other is None:
            found.append(f"{name} is missing there.")
            continue
        if other.units != line.units:
            found.append(f"{name}: {other.units} to buy there instead of {line.units}.")
        if (line.doses or line.sig) and how(other) != how(line):
            found.append(f"{name}: reads “{how(other) or 'no dose'}” there, not “{how(line)}”.")
    for sku in held.keys() - wanted.keys():
        found.append(f"{names.get(sku, sku)} was added there.")
    return found


def how(line: PlanLine) -> str:
    return words.doses(line.doses) or line.sig.strip()
