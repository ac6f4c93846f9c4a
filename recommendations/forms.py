"""What clinicians type into a plan, and what is wrong with it.

Limits are counted as browsers and dispensaries count them, in UTF-16 units. No field cuts
anything off: what is too long stays as it was typed, with a message beside it.
"""

import re
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError

from practice.vendors.contract import Dose, Slot
from recommendations.models import SLOTS, Risk, RiskMark

MAX_WORDS = 300
MAX_NOTES = 500
MAX_MESSAGE = 500
MAX_DOSE = 99
MAX_UNITS = 99
MAX_DAYS = 3650

NUMBER = re.compile(r"([0-9]{0,9})(\.[0-9]{1,9})?")
NO_DOSE = "A dose is more than 0. Leave the field empty for no dose at this time."
FOOD = {"": None, "with": True, "without": False}
FOOD_CHOICES = [("", "food: any"), ("with", "with food"), ("without", "no food")]


class Words(forms.CharField):
    """Text that goes to patients and dispensaries, which print it in one line."""

    def __init__(self, *, limit, **kwargs):
        self.limit = limit
        super().__init__(**kwargs)

    def validate(self, value):
        super().validate(value)
        length = len(value.encode("utf-16-le", "surrogatepass")) // 2
        if length > self.limit:
            raise ValidationError(f"{length} characters. At most {self.limit}: shorten it.")
        if any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in value):
            raise ValidationError(
                "Line breaks and control characters cannot be sent. Write it in one paragraph."
            )


class Whole(forms.Field):
    """A whole number between `low` and `high`, or None when empty."""

    def __init__(self, *, low, high, wrong, **kwargs):
        self.low, self.high, self.wrong = low, high, wrong
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric"}))
        super().__init__(error_messages={"required": wrong}, **kwargs)

    def to_python(self, value):
        value = (value or "").strip()
        if not value:
            return None
        if not re.fullmatch(r"[0-9]{1,9}", value) or not self.low <= int(value) <= self.high:
            raise ValidationError(self.wrong)
        return int(value)


class Quantity(forms.Field):
    """A dose: more than 0, at most 99, with at most two decimals. None when empty."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "placeholder": " "})

    def to_python(self, value):
        value = (value or "").strip()
        if not value:
            return None
        if value.startswith(("-", "−")):
            raise ValidationError(NO_DOSE)
        found = NUMBER.fullmatch(value)
        if found is None or not (found[1] or found[2]):
            raise ValidationError("Write a number, for example 1, 0.5 or 2.")
        quantity = Decimal(value)
        if quantity == 0:
            raise ValidationError(NO_DOSE)
        if quantity > MAX_DOSE:
            raise ValidationError(f"At most {MAX_DOSE} at one time. Check the number.")
        if quantity != quantity.quantize(Decimal("0.01")):
            raise ValidationError("At most two decimals, for example 0.25.")
        return quantity


class EditorForm(forms.Form):
    """A form of the builder. Every field has a place for its error, which an autosave fills
    without touching what is being typed."""

    def __init__(self, *args, base, **kwargs):
        super().__init__(*args, auto_id=f"{base}-%s", use_required_attribute=False, **kwargs)
        self.base = base

    def tie(self):
        for name, field in self.fields.items():
            field.widget.attrs.setdefault("aria-describedby", f"{self.base}-{name}-error")
            field.widget.attrs.setdefault("autocomplete", "off")

    def error_places(self):
        """(field, id of the element that says what is wrong with it)."""
        return [(field, f"{self.base}-{field.name}-error") for field in self]


class ItemForm(EditorForm):
    """One line of a plan. `cleaned_data["doses"]` are contract doses in the order of the day."""

    units = Whole(
        low=1,
        high=MAX_UNITS,
        label="Bottles",
        wrong=f"Write how many to buy: 1 to {MAX_UNITS}.",
        widget=forms.NumberInput(attrs={"min": 1, "max": MAX_UNITS}),
    )
    duration_days = Whole(
        low=1,
        high=MAX_DAYS,
        required=False,
        label="Days",
        wrong="Write a number of days, at least 1. Leave it empty for ongoing.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "ongoing"}),
    )
    as_needed = forms.BooleanField(required=False, label="As needed")
    sig = Words(limit=MAX_WORDS, required=False, label="Directions in words")
    notes = Words(limit=MAX_NOTES, required=False, label="Note to the patient")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for slot, label in SLOTS:
            self.fields[f"dose_{slot}"] = Quantity(required=False, label=label)
            self.fields[f"food_{slot}"] = forms.ChoiceField(
                choices=FOOD_CHOICES, required=False, label=f"Food, {label.lower()}"
            )
        self.tie()

    def slots(self):
        """(slot, dose field, food field, id of the error's place), in the order of the day."""
        return [
            (slot, self[f"dose_{slot}"], self[f"food_{slot}"], f"{self.base}-dose_{slot}-error")
            for slot, _ in SLOTS
        ]

    def clean(self):
        cleaned = super().clean()
        cleaned["doses"] = tuple(
            Dose(Slot(slot), quantity, FOOD[cleaned.get(f"food_{slot}") or ""])
            for slot, _ in SLOTS
            if (quantity := cleaned.get(f"dose_{slot}")) is not None
        )
        return cleaned


class MessageForm(EditorForm):
    """What the patient reads above the whole plan."""

    message = Words(
        limit=MAX_MESSAGE,
        required=False,
        label="Message to the patient",
        widget=forms.Textarea(attrs={"rows": 3, "data-counts": MAX_MESSAGE}),
    )
    notify_patient = forms.BooleanField(
        required=False, label="Let the dispensaries e-mail the patient their order links"
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.tie()


class PackForm(EditorForm):
    """One pack: its name and how many of each pill go into each packet.

    `pills` are (listing id, name) and `slots` what the vendor can print on a packet. A
    quantity posted for anything else is refused, never dropped.
    """

    CELL = re.compile(r"pill_([0-9]{1,18})_([a-z_]+)")

    name = forms.Field()
    units = Whole(
        low=1,
        high=MAX_UNITS,
        label="Packs to buy",
        wrong=f"Write how many packs to buy: 1 to {MAX_UNITS}.",
        widget=forms.NumberInput(attrs={"min": 1, "max": MAX_UNITS}),
    )
    duration_days = Whole(
        low=1,
        high=MAX_DAYS,
        required=False,
        label="Days",
        wrong="Write a number of days, at least 1. Leave it empty for ongoing.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "ongoing"}),
    )
    notes = Words(
        limit=MAX_NOTES,
        required=False,
        label="Note to the patient",
        help_text="Packets cannot say “with food”: write it here.",
    )

    def __init__(self, *args, pills, rules, **kwargs):
        super().__init__(*args, **kwargs)
        self.pills, self.rules = pills, rules
        notes = f"{self.base}-notes"
        self.fields["notes"].widget.attrs["aria-describedby"] = f"{notes}-help {notes}-error"
        self.fields["name"] = Words(
            limit=rules.max_name_length,
            label="Name on the packets",
            error_messages={"required": "A pack needs a name: it is printed on every packet."},
        )
        most = rules.max_pills_per_packet
        for listing_id, name in pills:
            for slot in rules.slots:
                self.fields[f"pill_{listing_id}_{slot}"] = Whole(
                    low=1,
                    high=most,
                    required=False,
                    label=f"{name}, per packet, {dict(SLOTS)[slot].lower()}",
                    wrong=f"1 to {most} of one pill in one packet. "
                    "The number is per packet, not per month.",
                )
        self.tie()

    def rows(self):
        """(listing id, name, [(slot, field, id of the error's place)])."""
        return [
            (
                listing_id,
                name,
                [
                    (
                        slot,
                        self[f"pill_{listing_id}_{slot}"],
                        f"{self.base}-pill_{listing_id}_{slot}-error",
                    )
                    for slot in self.rules.slots
                ],
            )
            for listing_id, name in self.pills
        ]

    def clean(self):
        cleaned = super().clean()
        self._refuse_strangers()
        cleaned["pills"] = tuple(
            (listing_id, str(slot), quantity)
            for listing_id, _ in self.pills
            for slot in self.rules.slots
            if (quantity := cleaned.get(f"pill_{listing_id}_{slot}")) is not None
        )
        if not self.errors:
            held = {listing_id for listing_id, _, _ in cleaned["pills"]}
            for listing_id, _ in self.pills:
                if listing_id not in held:
                    self.add_error(
                        f"pill_{listing_id}_{self.rules.slots[0]}",
                        "Write how many per packet, or remove this pill.",
                    )
        return cleaned

    def _refuse_strangers(self):
        for key, value in self.data.items():
            found = self.CELL.fullmatch(key)
            if not found or key in self.fields or not value.strip():
                continue
            if int(found[1]) not in [listing_id for listing_id, _ in self.pills]:
                self.add_error(None, "This pill is not in the pack. Add it to the pack first.")
            else:
                label = dict(SLOTS).get(found[2], found[2]).lower()
                self.add_error(
                    None,
                    f"No packet can be made for {label}. Choose among: "
                    + ", ".join(dict(SLOTS)[slot].lower() for slot in self.rules.slots)
                    + ".",
                )


SNOOZES = [
    ("", "Until something else is the matter"),
    ("7", "For a week"),
    ("30", "For 30 days"),
    ("90", "For 90 days"),
]


class RiskForm(forms.Form):
    """That somebody saw a product at risk. `risk` is what was the matter when they did."""

    risk = forms.ChoiceField(choices=Risk.choices)
    note = forms.CharField(max_length=RiskMark._meta.get_field("note").max_length, required=False)
    days = forms.TypedChoiceField(choices=SNOOZES, required=False, coerce=int, empty_value=None)
