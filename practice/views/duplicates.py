"""Records that may be of one person."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from practice import audit, duplicates
from practice.ids import row_id
from practice.merge_values import words_of
from practice.models import Patient
from practice.roles import allow

PER_PAGE = 20
COMPARED = {
    "name": "Name",
    "birth_date": "Birth date",
    "email": "E-mail",
    "phone": "Phone",
    "record_number": "MRN",
    "sex": "Sex",
}


@require_GET
@allow("edit_patients")
def duplicate_list(request):
    """The likeliest pairs first. They are found anew each time: two queries over all patients."""
    found = duplicates.of_practice(request.practice)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    ids = {pk for pair in page for pk in (pair.first_id, pair.second_id)}
    patients = Patient.objects.for_practice(request.practice).in_bulk(ids)
    audit.listed(request, "practice:duplicate-list", sorted(ids))
    pairs = [(patients[pair.first_id], patients[pair.second_id], pair.likeness) for pair in page]
    return render(
        request,
        "practice/duplicate_list.html",
        {
            "page": page,
            "pairs": [(one, other, traits(one, other, like)) for one, other, like in pairs],
        },
    )


@require_POST
@allow("edit_patients")
def duplicate_apart(request):
    """A person says that two are not the same: they are not suggested again."""
    ours = Patient.objects.for_practice(request.practice).standing()
    one, other = (
        get_object_or_404(ours, pk=row_id(request.POST.get(name, ""))) for name in ("one", "other")
    )
    if one.pk != other.pk:
        duplicates.say_apart(one, other, by=request.membership.name, now=timezone.now())
        messages.success(request, "Noted: not the same. These two are not suggested again.")
    if request.POST.get("back") == "patient":
        return redirect("practice:patient-detail", request.practice.slug, one.pk)
    return redirect("practice:duplicate-list", request.practice.slug)


def traits(one, other, likeness) -> list[tuple[str, str, str, str]]:
    """(what, the one's, the other's, same/close/differs/unknown) of all that one of the two
    has."""
    sides = [
        (label, words_of(one, key), words_of(other, key), getattr(likeness, key))
        for key, label in COMPARED.items()
    ]
    return [side for side in sides if side[1] or side[2]]
