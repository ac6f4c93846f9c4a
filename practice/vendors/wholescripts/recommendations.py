"""Sending a recommendation and finding it again (WholeScripts reference 9, 10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from practice.vendors import reading
from practice.vendors.answer import Answer
from practice.vendors.contract import HeldPlan, OutgoingPlan, Refused
from practice.vendors.wholescripts import payloads
from practice.vendors.wholescripts.wire import KEY, SaidNo, Wire

# The vendor's clock and ours may differ; section 10 looks this far back.
LOOK_BACK = dt.timedelta(minutes=10)


class Recommendations(Wire):
    """The part of the client that sends recommendations, with a practitioner's token."""

    def recommend(self, plan: OutgoingPlan) -> HeldPlan:
        """Send `plan` once. It cannot be recalled. `link` can never be read again.

        `Unavailable` with `maybe_done` and `BadAnswer` leave it unknown: `look_up`, never
        resend.
        """
        wrong = payloads.problems(plan)
        if wrong:
            raise Refused(wrong[0], details=wrong, vendor=KEY, operation="recommend")
        body = payloads.write_plan(plan)
        answer = self._bearer(
            "POST",
            "/Recommendations",
            "recommend",
            write=True,
            json=body,
            read_timeout=self._send_timeout,
            headers={"Content-Type": "application/json; charset=utf-8"},
        )
        found = self._enveloped(answer)
        number = found.get("recommendationid")
        if type(number) is not int or number < 1:
            raise answer.bad("The answer holds no recommendation id.")
        return HeldPlan(
            id=str(number),
            state="active",
            raw_state="",
            patient_id=plan.patient.email.lower(),
            lines=plan.lines,
            patient_email=plan.patient.email,
            practitioner_email=plan.practitioner_email,
            sent_at=dt.datetime.now(dt.UTC),
            link=payloads.link(found.get("patientlink"), self._link_origins),
            our_id=plan.our_id,
            fingerprint=payloads.plan_fingerprint(plan),
            reference=plan.reference,
            raw=reading.plain(found),
        )

    def recommendations(
        self, email: str, practitioner_email: str, known: Iterable[str] = ()
    ) -> tuple[HeldPlan, ...]:
        """What `practitioner_email` sent to `email`, oldest first; () for nobody known.
        Other practitioners' entries are dropped before anyone sees them (9.3).

        An address with a plus may be refused in a path by the vendor's server: the `known` ids
        are then read one by one, a request each.
        """
        found = self._of_address(email)
        if found is None:
            each = (self.recommendation(one, practitioner_email) for one in known)
            found = [plan for plan in each if plan is not None]
        mine = [
            plan
            for plan in found
            if payloads.same_email(plan.practitioner_email, practitioner_email)
        ]
        earliest = dt.datetime.min.replace(tzinfo=dt.UTC)
        return tuple(sorted(mine, key=lambda plan: (plan.sent_at or earliest, int(plan.id))))

    def recommendation(self, recommendation_id: str, practitioner_email: str) -> HeldPlan | None:
        """One recommendation, by id; None when unknown or another practitioner's."""
        found = self._recommendations(
            "recommendation", "/Recommendation/{id}", {"id": recommendation_id}
        )
        for plan in found:
            mine = payloads.same_email(plan.practitioner_email, practitioner_email)
            if plan.id == recommendation_id and mine:
                return plan
        return None

    def look_up(self, plan: OutgoingPlan, since: dt.datetime) -> tuple[HeldPlan, ...]:
        """Entries that may be `plan`, whose sending at `since` ended unknown (10). Leave out
        ids tied to another sending.

        Those that carry the plan's reference are it. Where none does, those that carry no
        reference at all and have the same fingerprint, sent from ten minutes before on.
        """
        wanted = payloads.plan_fingerprint(plan)
        held = self.recommendations(plan.patient.email, plan.practitioner_email)
        exact = tuple(one for one in held if one.reference and one.reference == plan.reference)
        return exact or tuple(
            one
            for one in held
            if one.fingerprint == wanted
            and not one.reference
            and one.sent_at
            and one.sent_at >= since - LOOK_BACK
        )

    def _of_address(self, email: str) -> list[HeldPlan] | None:
        """The plans at an address; None where the vendor may not have understood it."""
        values = {"email": email}
        if "+" not in email:
            return self._recommendations("recommendations", "/Recommendations/{email}", values)
        try:
            answer = self._bearer(
                "GET", "/Recommendations/{email}", "recommendations", values=values
            )
        except SaidNo:
            return []
        except Refused as refusal:
            if refusal.status in (400, 404):
                return None
            raise
        return self._plans_in(answer)

    def _recommendations(
        self, operation: str, route: str, values: Mapping[str, str]
    ) -> list[HeldPlan]:
        """The plans at `route`. 404, `success: false` and an empty list all mean none (9.3)."""
        try:
            answer = self._bearer("GET", route, operation, values=values)
        except SaidNo:
            return []
        except Refused as refusal:
            if refusal.status == 404:
                return []
            raise
        return self._plans_in(answer)

    def _plans_in(self, answer: Answer) -> list[HeldPlan]:
        try:
            found = self._enveloped(answer)
        except SaidNo:
            return []
        entries = found.get("recommendations")
        if not isinstance(entries, list):
            raise answer.bad("The answer holds no list of recommendations.")
        plans = [payloads.held_plan(entry, self._allowed) for entry in reading.mappings(entries)]
        return [plan for plan in plans if plan.id.isdecimal()]
