"""Forms of an import: the file, and what its columns are."""

from django import forms

from practice import columns
from practice.forms import PractitionerField
from practice.spreadsheet import NotReadable


class UploadForm(forms.Form):
    """`practitioners` are those to choose from; None where there is nothing to choose."""

    file = forms.FileField(
        label="CSV file",
        help_text="Up to 2 MB and 5,000 lines.",
        error_messages={
            "required": "Choose a file.",
            "missing": "Choose a file.",
            "empty": "The file is empty. The first line names the columns.",
        },
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
    practitioner = PractitionerField(
        queryset=None, required=False, help_text="Whose patients they become."
    )

    def __init__(self, *args, practitioners, **kwargs):
        super().__init__(*args, **kwargs)
        if practitioners is None:
            del self.fields["practitioner"]
        else:
            self.fields["practitioner"].queryset = practitioners


class ColumnsForm(forms.Form):
    """One choice a column of the file. Once it is valid, `read_as` is what they say."""

    def __init__(self, *args, guessed: columns.Columns, **kwargs):
        super().__init__(*args, **kwargs)
        self.headings = guessed.headings
        choices = [("", "Leave it out"), *columns.LABELS.items()]
        for number, (heading, field) in enumerate(
            zip(guessed.headings, guessed.fields, strict=True)
        ):
            self.fields[f"column_{number}"] = forms.ChoiceField(
                label=heading[:80] or f"Column {number + 1}",
                choices=choices,
                initial=field,
                required=False,
                widget=forms.Select(attrs={"class": "input"}),
            )

    def clean(self):
        given = [self.cleaned_data.get(name, "") for name in self.fields]
        try:
            self.read_as = columns.agree(self.headings, given)
        except NotReadable as error:
            raise forms.ValidationError(str(error))
