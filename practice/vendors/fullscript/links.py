"""Fullscript in a tab of its own: links made per click (Fullscript reference 9).

The other road for a plan by hand-over, where the Embed frame cannot run. Nothing comes back
to our page: the plan is found by a webhook or among the patient's plans. Never keep a link:
each is tied to one plan, and opening it again opens that plan again.
"""

from __future__ import annotations

from practice.vendors.contract import PatientRow, PlanLink
from practice.vendors.fullscript import people
from practice.vendors.fullscript.wire import Wire

GATEWAY = "/clinic/dynamic_links/gateway/treatment_plans"


class Links(Wire):
    """The part of the client that makes links."""

    def plan_link(
        self, patient: PatientRow, *, practitioner_id: str = "", send_welcome_email: bool = False
    ) -> PlanLink:
        """Where to start a plan for `patient`; Fullscript asks when it finds no match.

        A staff member's token needs the `practitioner_id` of a colleague. A patient who is
        new there gets an e-mail only where that is said.
        """
        body = {"patient": people.linked_patient(patient, send_welcome_email)}
        if practitioner_id:
            body["treatment_plan"] = {"practitioner_id": practitioner_id}
        answer = self._post("plan_link", GATEWAY, json=body)
        found = answer.object()
        return PlanLink(self._link_in(answer, found), people.patient_id_of_link(found))

    def edit_link(self, plan_id: str) -> PlanLink:
        """Where to edit a draft or active plan."""
        answer = self._get("edit_link", "/clinic/dynamic_links/treatment_plans/{id}", id=plan_id)
        found = answer.object()
        return PlanLink(self._link_in(answer, found), people.patient_id_of_link(found))
