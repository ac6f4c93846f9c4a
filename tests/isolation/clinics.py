"""Practices with a real row of every kind that an address can name, and their people."""

from django.test import Client

from practice import tenancy
from practice.roles import Role
from tests.factories import MembershipFactory, PracticeFactory
from tests.isolation.clinic_rows import ClinicRows
from tests.isolation.clinician_rows import ClinicianRows

# Rows that hang on a patient: who sees their own patients only does not find others'.
OF_A_PATIENT = {
    *("patient", "other_patient", "archived", "patient_event", "patient_link", "merge"),
    *("plan", "signed", "item", "pack", "sending", "unsent", "delivery"),
    "outside_plan",
    *("lab", "lab_result"),
}
# And an account serves nobody but its own clinician.
SOMEBODYS = OF_A_PATIENT | {"connection", "wholescripts", "cover", "import"}


class Clinic(ClinicRows, ClinicianRows):
    """One practice, everybody who may knock at it, and `rows[person][kind]`: what that
    person's addresses are filled with. A clinician has a set of their own; others are
    given the practitioner's."""

    def __init__(self, slug: str, **settings):
        self.slug = slug
        with tenancy.unit(tenancy.EVERYTHING):
            self.practice = PracticeFactory(slug=slug, name=f"{slug.title()} Clinic", **settings)
            # Made unsuspended: nobody's rows could be written otherwise.
            self.members = {
                "owner who practises": self._member(Role.OWNER, is_clinician=True),
                "owner": self._member(Role.OWNER),
                "practitioner": self._member(Role.PRACTITIONER, is_clinician=True),
                "colleague": self._member(Role.PRACTITIONER, is_clinician=True),
                "away": self._member(Role.PRACTITIONER, is_clinician=True),
                "assistant": self._member(Role.ASSISTANT),
                "read-only": self._member(Role.READ_ONLY),
            }
            self.shared = self._shared()
            self.rows = {
                name: self._rows(member)
                for name, member in self.members.items()
                if member.is_clinician and name != "away"
            }

    def rows_for(self, name: str) -> dict:
        return self.rows.get(name) or self.rows["practitioner"]

    @property
    def all_rows(self) -> dict:
        """One row of each kind: the practitioner's."""
        return self.rows["practitioner"]

    def _member(self, role, **fields):
        return MembershipFactory(
            practice=self.practice, role=role, **{"is_clinician": False} | fields
        )


def signed_in(user) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser
