"""Patients of an account at Fullscript (reference 5.2, 5.3). One call is one request unless
it says otherwise."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from practice.vendors import reading
from practice.vendors.contract import PatientPage, PatientRow, PostalAddress
from practice.vendors.fullscript import people, wire
from practice.vendors.fullscript.wire import Wire

MOST_PAGES = 20  # of one guardian's dependents


class Patients(Wire):
    """The part of the client that reads and writes patients."""

    def patients(self, page: int = 1) -> PatientPage:
        """One page of the account's patients, dependents included. `BadAnswer` when the
        answer does not say whether more follows."""
        answer = self._get(
            "patients", "/clinic/patients", params={"patient_type": "all", **wire.paging(page)}
        )
        found = answer.object()
        rows = (people.patient(row) for row in wire.listed(answer, found, "patients"))
        return PatientPage(
            tuple(row for row in rows if row.id),
            next=wire.next_page(answer, found, page),
            total=reading.whole(reading.mapping(found.get("meta")).get("total_count")),
        )

    def search_patients(self, words: str) -> tuple[PatientRow, ...]:
        """Patients resembling `words` (name or e-mail), dependents included.

        The vendor's match is fuzzy and families share addresses: compare before linking.
        The first hundred only.
        """
        answer = self._get(
            "search_patients",
            "/clinic/search/patients",
            params={"query": words, "patient_type": "all", **wire.paging(1)},
        )
        found = wire.listed(answer, answer.object(), "patients")
        return tuple(people.patient(row) for row in found)

    def patient(self, patient_id: str) -> PatientRow | None:
        found = self._find("patient", "/clinic/patients/{id}", "patient", id=patient_id)
        return None if found is None else people.patient(found)

    def patients_by_our_id(self, our_id: str) -> tuple[PatientRow, ...]:
        """Patients carrying `our_id`; the vendor does not promise that there is only one.
        One request, and one for each found."""
        found = [self.patient(hit) for hit in self._with_metadata("patient", our_id)]
        # What a patient carries is not documented to be shown with the patient.
        return tuple(
            dataclasses.replace(row, our_id=row.our_id or our_id)
            for row in found
            if row is not None
        )

    def dependents(self, patient_id: str) -> tuple[PatientRow, ...]:
        """The patients whose guardian this one is. A request for each hundred."""
        rows, page = [], 1
        while page and page <= MOST_PAGES:
            answer = self._get(
                "dependents",
                "/clinic/patients/{id}/dependents",
                params=wire.paging(page),
                id=patient_id,
            )
            found = answer.object()
            name = "dependents" if isinstance(found.get("dependents"), list) else "patients"
            rows += (people.patient(row) for row in wire.listed(answer, found, name))
            page = wire.next_page(answer, found, page) if "meta" in found else None
        # Asked of a guardian, so that is who answers for them, whatever a row leaves out.
        return tuple(
            dataclasses.replace(row, is_dependent=True, guardian_id=row.guardian_id or patient_id)
            for row in rows
            if row.id
        )

    def addresses(self, patient_id: str) -> tuple[PostalAddress, ...]:
        """What is known of the patient's addresses; nothing of their shape is documented
        (unknown 9), so an answer that holds none of the names looked for gives ()."""
        answer = self._get("addresses", "/clinic/patients/{id}/addresses", id=patient_id)
        found = answer.object()
        rows = reading.mappings(found.get("addresses", found.get("data")))
        if not rows and (one := reading.mapping(found.get("address"))):
            rows = [one]
        return tuple(row for row in map(people.address, rows) if row.line)

    def create_patient(self, row: PatientRow, *, send_welcome_email: bool) -> PatientRow:
        """Create a patient. Search `patients_by_our_id` before repeating a lost attempt.
        Give a number (+1 only) only when the vendor may text the patient."""
        answer = self._post(
            "create_patient",
            "/clinic/patients",
            json=people.new_patient(row, send_welcome_email),
        )
        return people.patient(wire.only(answer, "patient"))

    def change_patient(self, row: PatientRow, fields: Collection[str]) -> PatientRow:
        """Set `fields` of the patient `row.id` to what `row` has; the others stay."""
        return self._patch_patient("change_patient", row.id, people.changed_patient(row, fields))

    def leave_our_id(self, patient_id: str, our_id: str) -> PatientRow:
        """Leave our id there, over any other: read first whose it is."""
        return self._patch_patient("leave_our_id", patient_id, {"metadata": {"id": our_id}})

    def _patch_patient(self, operation: str, patient_id: str, body: dict) -> PatientRow:
        answer = self._send("PATCH", operation, "/clinic/patients/{id}", body, id=patient_id)
        return people.patient(wire.only(answer, "patient"))
