"""A Django form comes out in our markup, tied together for assistive technology."""

from django import forms


class Visit(forms.Form):
    name = forms.CharField(help_text="As on the card.")
    email = forms.EmailField(required=False)
    food = forms.ChoiceField(choices=[("y", "Yes"), ("n", "No")], widget=forms.RadioSelect)


def test_a_field_names_its_help_and_its_error():
    html = str(Visit({"email": "", "food": "y"}))
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext">As on the card.' in html
    assert 'id="id_name_error"' in html


def test_a_refused_form_leads_to_the_fields_at_fault():
    html = str(Visit({"name": "Imani", "email": "nope", "food": "y"}))
    assert "One thing needs your attention" in html
    assert '<a href="#id_email">Email</a>' in html


def test_a_fresh_form_shows_no_errors():
    assert 'role="alert"' not in str(Visit())


def test_what_may_stay_empty_says_so():
    html = str(Visit()["email"].as_field_group())
    assert "(optional)" in html
    assert "(optional)" not in str(Visit()["name"].as_field_group())


def test_choices_are_grouped_under_a_legend():
    html = str(Visit()["food"].as_field_group())
    assert "<fieldset" in html
    assert '<legend class="field__label">Food' in html
