"""Forms of the courier desk."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from phonenumber_field.formfields import PhoneNumberField

from deliveries import courier
from deliveries.models import Delivery, new_barcode
from practice.models import Patient

# What the courier's own rules are asked about, field by field.
CHECKED = {"recipient_name", "address_line", "phone", "delivery_date", "copay", "notes"}
# What an earlier delivery passes on.
AGAIN = [
    *("recipient_name", "address_line", "phone", "rx_number", "copay", "priority"),
    *("requires_signature", "cold_chain", "controlled_schedule", "notes"),
]


class BookForm(forms.ModelForm):
    """One parcel for `patient`, whose name, address and phone stand in it already.

    `barcode` is made with the form, so that a form sent twice books one parcel. `again` is
    an earlier delivery to start from.
    """

    barcode = forms.RegexField(r"^ORD-[0-9A-F]{24}$", widget=forms.HiddenInput)
    phone = PhoneNumberField(region="US", help_text="The courier may text the patient.")
    copay = forms.DecimalField(
        label="Copay to collect ($)",
        min_value=0,
        max_digits=6,
        decimal_places=2,
        required=False,
        help_text="Leave empty when nothing is due.",
    )

    class Meta:
        model = Delivery
        fields = [
            *("recipient_name", "address_line", "phone", "delivery_date", "priority"),
            *("requires_signature", "cold_chain", "controlled_schedule", "rx_number"),
            *("copay", "notes"),
        ]
        help_texts = {
            "address_line": "One line: street, unit, city, two-letter state, ZIP. No PO box.",
            "requires_signature": "Always on for a controlled substance.",
            "cold_chain": "The driver uses an insulated bag.",
            "rx_number": "Comes back with the courier's reports. The driver does not see it.",
        }

    def __init__(self, *args, patient: Patient, today: dt.date, again=None, **kwargs):
        start = {
            "barcode": new_barcode(),
            "recipient_name": patient.name,
            "address_line": patient.address_line,
            "phone": patient.phone,
            "delivery_date": today,
        }
        if again is not None:
            start |= {name: getattr(again, name) for name in AGAIN}
        super().__init__(*args, initial=start, **kwargs)
        self.today = today
        self.fields["delivery_date"].widget = forms.DateInput(
            attrs={"type": "date", "min": today.isoformat()}, format="%Y-%m-%d"
        )
        self.fields["controlled_schedule"].choices = [
            ("", "Not controlled"),
            *((value, f"Schedule {label}") for value, label in Delivery.Schedule.choices),
        ]

    def clean_phone(self):
        return self.cleaned_data["phone"].as_e164

    def clean_copay(self):
        """Nothing due is left out: 0 may count as a copay to collect (ScriptRun ref. 3.1)."""
        return self.cleaned_data["copay"] or None

    def clean(self):
        values = super().clean()
        if values.get("controlled_schedule"):
            values["requires_signature"] = True
        for name in CHECKED & values.keys():
            for sentence in courier.problems_with(name, values[name], self.today):
                self.add_error(name, sentence)
        return values


class ThereForm(forms.Form):
    """The parcel exists: its id, copied from the courier's dashboard."""

    parcel_id = forms.CharField(label="Package id", max_length=120)


class AgainForm(forms.Form):
    """There is no parcel: ask once more."""

    confirmed = forms.BooleanField(
        label="I looked at the courier's dashboard and the first parcel does not exist.",
        required=False,
    )


class KeyForm(forms.Form):
    """A key is written, never shown again."""

    api_key = forms.CharField(
        label="API key",
        max_length=200,
        strip=True,
        validators=[RegexValidator(r"^[\x21-\x7e]+$", "A key has no spaces.")],
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_api_key(self):
        key = self.cleaned_data["api_key"]
        if not courier.takes_key(key):
            wanted, refused = (
                ("sk_live_", "sk_test_")
                if settings.SCRIPTRUN_LIVE
                else (
                    "sk_test_",
                    "sk_live_",
                )
            )
            raise forms.ValidationError(
                f"Regimen takes keys that begin with {wanted} here, and no {refused} keys: "
                "test and live must not mix."
            )
        return key


class SecretForm(forms.Form):
    """The signing secret of our hook, shown once when it is registered at the courier."""

    secret = forms.CharField(
        label="Signing secret",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
