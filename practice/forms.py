"""Forms of the practice: patients and the practice itself."""

import datetime as dt
import re
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.template.defaultfilters import pluralize

from practice.models import Patient, Practice

# Also the District, the territories and the armed forces' addresses.
STATE_CODES = """
    AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM
    NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR GU VI AS MP AA AE AP
"""
STATES = frozenset(STATE_CODES.split())
ZIP = re.compile(r"(\d{5})(?:[-\s]?(\d{4}))?")
OLDEST_AGE = 130

US_ZONES = [
    ("America/New_York", "Eastern (New York)"),
    ("America/Chicago", "Central (Chicago)"),
    ("America/Denver", "Mountain (Denver)"),
    ("America/Phoenix", "Mountain without summer time (Phoenix)"),
    ("America/Los_Angeles", "Pacific (Los Angeles)"),
    ("America/Anchorage", "Alaska (Anchorage)"),
    ("Pacific/Honolulu", "Hawaii (Honolulu)"),
    ("America/Puerto_Rico", "Atlantic (Puerto Rico)"),
]


class PractitionerField(forms.ModelChoiceField):
    def __init__(self, queryset, **kwargs):
        super().__init__(queryset, **(kwargs | {"empty_label": "Nobody in particular"}))


class PatientForm(forms.ModelForm):
    """`today` is the practice's day: a birth date may not lie after it. `practitioners` are
    those to choose from; without them the patient's practitioner stays as it is."""

    class Meta:
        model = Patient
        fields = [
            "first_name",
            "last_name",
            "birth_date",
            "sex",
            "record_number",
            "allergies",
            "email",
            "phone",
            "street",
            "unit",
            "city",
            "state",
            "postal_code",
            "practitioner",
        ]
        widgets = {
            # The value of <input type=date> is ISO, whatever the locale shows.
            "birth_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "phone": forms.TextInput(attrs={"type": "tel", "placeholder": "(813) 555-0142"}),
            "state": forms.TextInput(attrs={"maxlength": 2, "autocapitalize": "characters"}),
            "postal_code": forms.TextInput(attrs={"inputmode": "numeric"}),
        }
        labels = {"record_number": "Record number (MRN)", "email": "E-mail"}
        field_classes = {"practitioner": PractitionerField}
        help_texts = {
            "state": "",
            "allergies": "Separated by commas. Shown on every page of the patient.",
        }
        error_messages = {
            "first_name": {"required": "Enter the first name."},
            "last_name": {"required": "Enter the last name."},
            "birth_date": {"invalid": "Enter the birth date as a date, for example 1980-02-03."},
            "email": {"invalid": "Enter an e-mail address, for example name@mail.example."},
            "phone": {
                "invalid": "Enter a US phone number with area code, or one that starts "
                "with + and the country."
            },
        }

    def __init__(self, *args, today: dt.date, practitioners=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        if practitioners is None:
            del self.fields["practitioner"]
        else:
            self.fields["practitioner"].queryset = practitioners
        self.fields["birth_date"].widget.attrs["max"] = today.isoformat()
        # A clinic's screen: the browser must not offer what was typed for someone else.
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"

    @property
    def changed_labels(self) -> list[str]:
        return [str(self.fields[name].label).lower() for name in self.changed_data]

    def clean_birth_date(self):
        born = self.cleaned_data["birth_date"]
        if born and born > self.today:
            raise ValidationError("The birth date lies in the future.")
        if born and born.year < self.today.year - OLDEST_AGE:
            raise ValidationError(f"The birth date lies more than {OLDEST_AGE} years back.")
        return born

    def clean_state(self):
        state = self.cleaned_data["state"].upper()
        if state and state not in STATES:
            raise ValidationError("Enter the two letters of a US state, for example FL.")
        return state

    def clean_postal_code(self):
        code = self.cleaned_data["postal_code"].strip()
        if not code:
            return ""
        digits = ZIP.fullmatch(code)
        if not digits:
            raise ValidationError("Enter a ZIP code of 5 or 9 digits, for example 33602.")
        return "-".join(part for part in digits.groups() if part)

    def clean_allergies(self):
        words = (word.strip() for word in self.cleaned_data["allergies"].split(","))
        return ", ".join(word for word in words if word)


def time_zone_words(name: str) -> str:
    """As the settings call it: "Eastern (New York)"."""
    return dict(US_ZONES).get(name, name.replace("_", " "))


def time_zone_choices() -> list:
    """The zones of the United States first, then all others."""
    common = {name for name, _ in US_ZONES}
    elsewhere = [
        (name, time_zone_words(name))
        for name in sorted(available_timezones())
        if "/" in name and name not in common
    ]
    return [("United States", US_ZONES), ("All others", elsewhere)]


class PracticeForm(forms.ModelForm):
    class Meta:
        model = Practice
        fields = [
            "name",
            "time_zone",
            "prices_on_documents",
            "order_links_on_documents",
            "requires_second_factor",
            "idle_minutes",
            "restricts_patients",
            "assistants_see_wholesale",
        ]
        labels = {
            "name": "Name of the practice",
            "prices_on_documents": "Show retail prices on what patients are given",
            "order_links_on_documents": "Show order links on what patients are given",
            "requires_second_factor": "Require a second step at sign-in",
            "idle_minutes": "Sign out after",
            "restricts_patients": "Practitioners see their own patients only",
            "assistants_see_wholesale": "Assistants see wholesale prices",
        }
        help_texts = {
            "name": "Patients read it on their regimen sheet.",
            "time_zone": "Days and times on every page are those of this zone.",
            "prices_on_documents": "Off: sheets carry no price. Wholesale prices never appear.",
            "order_links_on_documents": "Where each dispensary takes the patient's order, on the "
            "regimen sheet. Off: sheets carry no link.",
            "requires_second_factor": "Members without an authenticator app or a passkey are led "
            "to set one up, and reach nothing of the practice until then. So are you.",
            "idle_minutes": "Without activity. What was saved is kept.",
            "restricts_patients": "Also those of colleagues they cover for. Owners and assistants "
            "see everybody.",
            "assistants_see_wholesale": "Owners and practitioners always do. Nobody with the role "
            "“Read only” does.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["time_zone"] = forms.ChoiceField(
            label="Time zone",
            help_text=self.fields["time_zone"].help_text,
            choices=time_zone_choices(),
        )
        nobodys = Patient.objects.for_practice(self.instance).current()
        count = nobodys.filter(practitioner__isnull=True).count()
        if count:
            help_text = self.fields["restricts_patients"].help_text
            self.fields["restricts_patients"].help_text = (
                f"{help_text} {count} patient{pluralize(count)} "
                f"{pluralize(count, 'has,have')} no practitioner yet: only owners and assistants "
                f"would see {pluralize(count, 'this one,them')}."
            )
