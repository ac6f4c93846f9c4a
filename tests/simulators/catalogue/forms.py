"""Dosage forms: how they are counted, and how each vendor words the count."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """`counts` are the sizes sold. `swallowed` forms can be packed into a MedPax."""

    name: str
    one: str
    many: str
    short: str
    counts: tuple[int, ...]
    swallowed: bool = False


FORMS = {
    form.name: form
    for form in (
        Form("capsule", "capsule", "Capsules", "Caps", (30, 60, 90, 120, 180, 240), True),
        Form("tablet", "tablet", "Tablets", "Tabs", (60, 90, 100, 120, 180, 250), True),
        Form("softgel", "softgel", "Softgels", "Soft Gels", (30, 60, 90, 120, 180), True),
        Form("lozenge", "lozenge", "Lozenges", "Loz.", (30, 60, 100)),
        Form("gummy", "gummy", "Gummies", "Gummies", (30, 60, 90)),
        Form("powder", "scoop", "Servings", "Serv.", (15, 30, 60)),
        Form("liquid", "dropper", "fl oz", "oz", (1, 2, 4, 8, 16)),
    )
}
