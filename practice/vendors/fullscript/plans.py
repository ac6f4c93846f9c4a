"""Treatment plans: created by API, handed over to the frame, read back (reference 5.4, 8.1).

Creating is restricted: without the right it is a 403. A plan is never sent twice; after a
lost answer `look_up` says what Fullscript holds.
"""

from __future__ import annotations

import datetime as dt

from practice.vendors.contract import HandOver, HeldPlan, OutgoingPlan, Refused
from practice.vendors.fullscript import payloads, wire
from practice.vendors.fullscript.dosage import wording
from practice.vendors.fullscript.wire import KEY, Wire


class Plans(Wire):
    """The part of the client that deals in plans."""

    def create_plan(self, plan: OutgoingPlan) -> HeldPlan:
        """Create `plan`, active at once. It is never sent twice: after a lost answer look
        it up with `find_plan` and `plans_of_patient`."""
        wrong = problems(plan)
        if wrong:
            raise Refused(wrong[0], details=wrong, vendor=KEY, operation="create_plan")
        answer = self._post(
            "create_plan",
            "/clinic/patients/{id}/treatment_plans",
            json=payloads.write_plan(plan),
            id=plan.patient.id,
        )
        return payloads.held_plan(wire.only(answer, "treatment_plan"), self._allowed)

    def plan(self, plan_id: str, practitioner_email: str = "") -> HeldPlan | None:
        """One plan of the clinic; None when unknown. No e-mail is needed to find it."""
        found = self._find("plan", "/clinic/treatment_plans/{id}", "treatment_plan", id=plan_id)
        return None if found is None else payloads.held_plan(found, self._allowed)

    def plans_of_patient(self, patient_id: str) -> list[HeldPlan]:
        """All plans of a patient, newest first. One request a hundred plans."""
        found, page = [], 1
        while page is not None:
            answer = self._get(
                "plans_of_patient",
                "/clinic/patients/{id}/treatment_plans",
                params={"sort_by": "created_at", "order_by": "DESC", **wire.paging(page)},
                id=patient_id,
            )
            body = answer.object()
            found += [
                payloads.held_plan(row, self._allowed)
                for row in wire.listed(answer, body, "treatment_plans")
            ]
            page = wire.next_page(answer, body, page)
        return found

    def find_plan(self, our_id: str) -> tuple[HeldPlan, ...]:
        """Plans carrying `our_id`. None right after a lost create does not prove that it
        failed (5.3). One request, and one for each found."""
        found = [self.plan(hit) for hit in self._with_metadata("treatment_plan", our_id)]
        return tuple(plan for plan in found if plan is not None)

    def look_up(self, plan: OutgoingPlan, since: dt.datetime) -> tuple[HeldPlan, ...]:
        """Plans at Fullscript that may be `plan`, whose sending ended unknown."""
        found = self.find_plan(plan.our_id)
        if found:
            return found
        held = self.plans_of_patient(plan.patient.id)
        return tuple(one for one in held if one.our_id == plan.our_id)

    def open_checkout(self, plan_id: str) -> str:
        """Empty the patient's cart, fill it from the plan, and say where to pay (5.4). Never
        repeated by itself: each time takes away what is in the cart."""
        answer = self._post(
            "open_checkout", "/clinic/treatment_plans/{id}/in_office_checkout", {}, id=plan_id
        )
        return self._link_in(answer, answer.object(), "in_office_checkout", name="url")

    def cancel_plan(self, plan_id: str) -> HeldPlan:
        """Cancel a plan. It stays there, as cancelled."""
        answer = self._send(
            "PATCH", "cancel_plan", "/clinic/treatment_plans/{id}/cancel", json={}, id=plan_id
        )
        return payloads.held_plan(wire.only(answer, "treatment_plan"), self._allowed)

    def hand_over(self) -> HandOver:
        """A session grant for the Embed frame: one use, 120 seconds (8.1)."""
        answer = self._post("hand_over", "/clinic/embeddable/session_grants", json={})
        grant = payloads.hand_over(answer.object())
        if not grant.secret_token:
            raise answer.bad("The session grant holds no secret token.")
        return grant


def problems(plan: OutgoingPlan) -> tuple[str, ...]:
    """Why `plan` cannot be sent, in a clinician's words; () when it can."""
    found = []
    if not plan.patient.id:
        found.append("The patient is not linked to a Fullscript patient yet.")
    if not plan.lines:
        found.append("The plan has no line for Fullscript.")
    for position, line in enumerate(plan.lines, start=1):
        called = line.called(position)
        found += [f"{called}: {problem}" for problem in wording(line).problems]
    return tuple(found)
