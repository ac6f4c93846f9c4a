"""The rows that point at a patient, in every app, read from Django's own relations."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Model

from practice.models import Patient, PatientMerge, PatientsApart

# They tell of patients as they were and stay where they are.
STAYING = (PatientMerge, PatientsApart)
WORDS = {
    "practice.patient.merged_into": "records merged before",
    "practice.patientevent.patient": "lines of the timeline",
    "practice.patientlink.patient": "links to dispensaries",
    "practice.patientimportrow.patient": "lines of imported files",
    "practice.patientcreation.patient": "requests to create them at a dispensary",
}


@dataclass(frozen=True)
class Relation:
    """One foreign key to Patient."""

    model: type[Model]
    field: str

    @property
    def key(self) -> str:
        return f"{self.model._meta.label_lower}.{self.field}"

    @property
    def words(self) -> str:
        return WORDS.get(self.key, str(self.model._meta.verbose_name_plural))

    @property
    def tells_when_made(self) -> bool:
        return any(field.name == "created_at" for field in self.model._meta.fields)

    def rows(self, **where):
        return self.model._base_manager.filter(**where)

    def of(self, *patient_ids: int):
        return self.rows(**{f"{self.field}__in": patient_ids})

    def numbers(self, patient_ids) -> dict[int, int]:
        """How many rows each patient has who has any."""
        counted = self.of(*patient_ids).order_by().values_list(self.field)
        return dict(counted.annotate(count=Count("pk")))

    def hold(self, patient_id: int) -> list[int]:
        """The ids of the patient's rows, locked until the unit ends."""
        held = self.of(patient_id).order_by("pk").select_for_update(of=["self"])
        return list(held.values_list("pk", flat=True))


def relations() -> list[Relation]:
    return [
        Relation(relation.related_model, relation.field.name)
        for relation in Patient._meta.get_fields(include_hidden=True)
        if relation.auto_created
        and not relation.concrete
        and (relation.one_to_many or relation.one_to_one)
        and relation.related_model not in STAYING
    ]


def by_key() -> dict[str, Relation]:
    return {relation.key: relation for relation in relations()}


def counts(*patient_ids: int) -> list[tuple[str, list[int]]]:
    """(what, how many each patient has) of everything that one of them has."""
    found = []
    for relation in relations():
        held = relation.numbers(patient_ids)
        if held:
            found.append((relation.words, [held.get(pk, 0) for pk in patient_ids]))
    return found
