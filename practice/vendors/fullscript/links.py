"""Fullscript in a tab of its own: links made per click (Fullscript reference 9).

The other road for a plan by hand-over, where the Embed frame cannot run. Nothing comes back
to our page: the plan is found by a webhook or among the patient's plans. Never keep a link.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from practice.vendors import reading
from practice.vendors.answer import Answer
from practice.vendors.contract import PatientRow
from practice.vendors.fullscript import people
from practice.vendors.fullscript.wire import Wire

GATEWAY = "/clinic/dynamic_links/gateway/treatment_plans"


class Links(Wire):
    """The part of the client that makes links."""

    def plan_link(
        self, patient: PatientRow, *, practitioner_id: str, send_welcome_email: bool
    ) -> str:
        """Where to start a plan for `patient`; Fullscript asks when it finds no match.

        A staff member's token needs the `practitioner_id` of a colleague. A patient who is
        new there gets an e-mail unless told otherwise.
        """
        answer = self._post(
            "plan_link",
            GATEWAY,
            json={
                "treatment_plan": {"practitioner_id": practitioner_id},
                "patient": people.linked_patient(patient, send_welcome_email),
            },
        )
        return self._redirect_url(answer)

    def edit_link(self, plan_id: str) -> str:
        """Where to edit a draft or active plan."""
        answer = self._get("edit_link", "/clinic/dynamic_links/treatment_plans/{id}", id=plan_id)
        return self._redirect_url(answer)

    def _redirect_url(self, answer: Answer) -> str:
        """The link, from either place it is put in. `BadAnswer` unless it is Fullscript's."""
        found = answer.object()
        nested = reading.mapping(found.get("dynamic_links"))
        url = reading.text(found.get("redirect_url")) or reading.text(nested.get("redirect_url"))
        try:
            parts = urlsplit(url)
        except ValueError:
            parts = urlsplit("")
        if f"{parts.scheme}://{parts.netloc}" != self.embed_origin:
            raise answer.bad("The link does not lead to Fullscript.")
        return url
