"""Lab panels that can be ordered (reference 5.10): restricted, and only those still active.

The paths of the list are known from one third-party project alone.
"""

from __future__ import annotations

from tests.simulators.fullscript.rest import Call, missing, page

# name, whether one fasts, instructions, active, tests
_PANELS = (
    ("Made-up Metabolic Panel", True, "Nothing but water for twelve hours.", True,
     ("Glucose", "Creatinine", "Sodium")),
    ("Made-up Thyroid Panel", False, "Come before nine in the morning.", True,
     ("TSH", "Free T3", "Free T4")),
    ("Made-up Vitamin D", False, "", True, ("25-hydroxy vitamin D",)),
    ("Made-up Stool Kit", False, "The kit comes by post.", True,
     ("Calprotectin", "Elastase", "Parasites", "Yeast culture")),
    ("Made-up Iron Panel", True, "Take no iron the day before.", True, ("Ferritin", "Iron")),
    ("Retired Hormone Panel", False, "", False, ("Cortisol",)),
)  # fmt: skip


def panels(world) -> list[dict]:
    """Every panel as the catalogue shows it, the retired one too."""
    return [
        {
            "id": world.seeded_id(f"lab:{name}"),
            "name": name,
            "requires_fasting": fasting,
            "instructions": instructions,
            "active": active,
            "tests": [{"id": world.seeded_id(f"test:{test}"), "name": test} for test in tests],
        }
        for name, fasting, instructions, active, tests in _PANELS
    ]


def panel(world, id) -> dict | None:
    return next((p for p in panels(world) if p["id"] == id), None)


def recommendation(found: dict) -> dict:
    """A panel as a plan recommends it."""
    keys = ("id", "name", "requires_fasting", "instructions", "tests")
    return {key: found[key] for key in keys}


def listing(call: Call):
    _open(call)
    return page(call, "labs", _active(call))


def search(call: Call):
    _open(call)
    words = call.query.get("query", "").lower().split()
    named = [p for p in _active(call) if all(word in p["name"].lower() for word in words)]
    return page(call, "labs", named)


def show(call: Call, id):
    _open(call)
    found = panel(call.world, id)
    if found is None or not found["active"]:
        raise missing()
    return {"lab": found}


def show_test(call: Call, id):
    for found in panels(call.world):
        for test in found["tests"]:
            if test["id"] == id:
                return {"test": test}
    raise missing()


def _open(call):
    call.need_right("labs")
    call.need("catalog:read")


def _active(call):
    return [p for p in panels(call.world) if p["active"]]
