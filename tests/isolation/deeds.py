"""Deeds that no page reaches without a file, a vendor's answer or a form that is filled well.

Each is done in a clinic, or in a practice that has nothing but its owner, and gives what came
of it as lines. FOREIGN is the number of rows of the twin's (`test_alone.entangle`).
"""

import datetime as dt

from django.urls import reverse
from django.utils import timezone

from tests.isolation import direct_deeds as directly
from tests.isolation.direct_deeds import FOREIGN, WHO


def posted(clinic, page, /, **data):
    return clinic.knock(WHO, reverse(page, args=[clinic.slug]), "POST", data=data)


def invite_whom_another_practice_invited(bare):
    return posted(
        bare, "practice:invitation-add", email="new@people.example", name="N", role="assistant"
    )


def invite_a_member_of_another_practice(bare):
    email = bare.neighbour.members["owner"].user.email
    return posted(bare, "practice:invitation-add", email=email, name="N", role="assistant")


def arrange_a_cover(clinic):
    day = timezone.localdate() + dt.timedelta(days=20)
    return posted(
        clinic,
        "practice:cover-list",
        absent=clinic.members["practitioner"].pk,
        by=clinic.members["colleague"].pk,
        first_date=day,
        last_date=day,
    )


def read_what_was_done_to_a_patient(clinic):
    path = reverse("practice:audit-list", args=[clinic.slug])
    return clinic.knock(WHO, f"{path}?patient={FOREIGN}")


def export_what_was_done_to_a_patient(clinic):
    return posted(clinic, "practice:audit-export", patient=FOREIGN)


def read_what_happened_before(clinic):
    rows = clinic.rows[WHO]
    path = reverse("practice:patient-detail", args=[clinic.slug, rows["patient"].pk])
    return clinic.knock(WHO, f"{path}?before={rows['patient_event'].pk}")


def end_every_connection(clinic):
    return posted(clinic, "practice:connection-all", sure="on")


def look_at_a_product_of_all(clinic):
    product = clinic.rows[WHO]["product_of_all"]
    return clinic.knock(WHO, reverse("catalog:product-detail", args=[clinic.slug, product.pk]))


def by_name(*deeds):
    return {deed.__name__: deed for deed in deeds}


OF_A_CLINIC = by_name(
    arrange_a_cover,
    read_what_was_done_to_a_patient,
    export_what_was_done_to_a_patient,
    read_what_happened_before,
    end_every_connection,
    look_at_a_product_of_all,
    directly.check_a_file_of_who_sees_their_own,
    directly.hold_two_records,
    directly.merge_two_records,
    directly.ask_who_is_linked,
    directly.say_which_plan_it_is,
    directly.link_a_patient,
    directly.ask_who_was_linked,
    directly.ask_who_a_patient_there_is,
    directly.ask_what_products_are_called,
    directly.keep_a_plan_that_was_made_there,
    directly.read_soon_what_a_patient_ordered,
    directly.read_on_once_somebody_connected,
    directly.ask_which_laboratory_orders_are_open,
    directly.hear_that_a_plan_changed,
    directly.hear_that_a_product_changed,
    directly.hear_that_a_patient_changed,
)
OF_THE_BARE = by_name(
    invite_whom_another_practice_invited, invite_a_member_of_another_practice, directly.check_a_file
)
