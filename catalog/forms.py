"""Forms of the catalogue."""

from django import forms

from catalog.models import FormularyEntry, Standing

HELP = {
    Standing.PREFERRED: "Preferred: what we reach for first",
    Standing.ALLOWED: "Allowed: fine to recommend",
    Standing.AVOID: "Avoid: whoever adds it to a plan is told why",
    Standing.NONE: "Nothing: the formulary does not speak of it",
}


class StandingForm(forms.Form):
    """What a practice says of one product."""

    standing = forms.ChoiceField(
        label="In our formulary", choices=HELP.items(), widget=forms.RadioSelect
    )
    reason = forms.CharField(
        max_length=FormularyEntry._meta.get_field("reason").max_length,
        required=False,
        help_text="Colleagues read this beside the product. Do not name patients.",
    )

    def clean(self):
        given = super().clean()
        if given.get("standing") == Standing.AVOID and not given.get("reason"):
            self.add_error("reason", "Say why it is to be avoided.")
        return given
