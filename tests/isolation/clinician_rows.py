"""Rows that each clinician of a practice has: patients, and what hangs on them."""

import datetime as dt

from django.utils import timezone

from catalog.models import ListingChange, SyncRun
from deliveries.models import Delivery, DeliveryEvent, Proof
from practice import timeline
from practice.models import (
    Cover,
    PatientEvent,
    PatientImport,
    PatientImportFile,
    PatientImportRow,
    PatientLink,
    PatientMerge,
)
from recommendations.models import (
    Dose,
    LabOrder,
    LabResult,
    Order,
    OrderReading,
    OutsidePlan,
    Pack,
    PackPill,
    Plan,
    PlanItem,
    Sending,
)
from tests.factories import PatientFactory
from tests.isolation.clinic_rows import FILE, KNOWN
from tests.isolation.vendor_rows import PIXEL, VendorRows


class ClinicianRows(VendorRows):
    def _rows(self, member) -> dict:
        practice, now = self.practice, timezone.now()
        create = {"practice": practice}
        patient = PatientFactory(practitioner=member, record_number=f"MRN{member.pk}", **create)
        other = PatientFactory(practitioner=member, **create)
        archived = PatientFactory(practitioner=member, archived_at=now, **create)
        timeline.note(patient, "plan", "Signed", source=f"t:{member.pk}", happened_at=now)
        connection, wholescripts = (
            self._connection(member, vendor) for vendor in ("fullscript", "wholescripts")
        )
        self._carton(wholescripts)
        link = PatientLink.objects.create(
            patient=patient,
            vendor="fullscript",
            account_id=connection.account_id,
            vendor_patient_id=f"v{member.pk}",
            evidence="confirmed",
            linked_at=now,
            **create,
        )
        plans = self._plans(patient, connection, wholescripts)
        return {
            **self.shared,
            **plans,
            **self._parcel(patient, member),
            **self._labs(link, connection, plans["sending"]),
            "patient": patient,
            "other_patient": other,
            "archived": archived,
            "patient_event": PatientEvent.objects.get(practice=practice, patient=patient),
            "connection": connection,
            "wholescripts": wholescripts,
            "patient_link": link,
            "vendor_patient": self._listed_there(connection, f"w{member.pk}"),
            "carries_our_id": self._listed_there(
                connection, f"c{member.pk}", our_id=f"patient-{other.pk}"
            ),
            **self._reading(connection, now),
            "merge": PatientMerge.objects.create(
                kept=patient, merged=archived, merged_at=now, merged_by=member.name, **create
            ),
            "import": self._import(member),
            "cover": Cover.objects.create(
                absent=member,
                by=self.members["away"],
                first_date=timezone.localdate() + dt.timedelta(days=8),
                last_date=timezone.localdate() + dt.timedelta(days=9),
                arranged_by=member.name,
                **create,
            ),
        }

    def _plans(self, patient, connection, wholescripts) -> dict:
        """A draft with a pack, a signed plan on both its roads, and one made at the vendor."""
        member, now, create = connection.membership, timezone.now(), {"practice": self.practice}
        plan = Plan.objects.create(patient=patient, clinician=member, **create)
        signed = Plan.objects.create(
            patient=patient,
            clinician=member,
            state="signed",
            signed_at=now,
            signed_by=member,
            **create,
        )
        for one, listing in (
            (plan, "listing"),
            (signed, "listing"),
            (signed, "fullscript_listing"),
        ):
            item = PlanItem.objects.create(plan=one, listing=self.shared[listing], **create)
            Dose.objects.create(item=item, slot="breakfast", quantity=1, **create)
        pack = Pack.objects.create(
            plan=plan, listing_vendor="wholescripts", sku="P1", name="Daily", **create
        )
        PackPill.objects.create(
            pack=pack, listing=self.shared["pill"], slot="breakfast", quantity=1, **create
        )
        return {
            "plan": plan,
            "item": PlanItem.objects.get(practice=self.practice, plan=plan),
            "pack": pack,
            "signed": signed,
            "sending": Sending.objects.create(
                plan=signed,
                vendor="fullscript",
                connection=connection,
                road="hand_over",
                state="hand_over",
                vendor_plan_id=f"plan-{patient.pk}",
                **create,
            ),
            "unsent": Sending.objects.create(
                plan=signed,
                vendor="wholescripts",
                connection=wholescripts,
                road="api",
                state="refused",
                **create,
            ),
            "outside_plan": OutsidePlan.objects.create(
                patient=patient,
                vendor="fullscript",
                account_id=connection.account_id,
                vendor_plan_id=f"o{member.pk}",
                practitioner_id=connection.practitioner_id,
                state="active",
                lines=[{"sku": "V1", "name": "", "units": 1, "how": "Take 1", "notes": ""}],
                read_at=now,
                **create,
            ),
        }

    def _reading(self, connection, now) -> dict:
        create = {"practice": self.practice}
        run = SyncRun.objects.create(
            vendor="fullscript",
            part="private_label",
            connection=connection,
            state="done",
            started_at=now,
            finished_at=now,
            **create,
        )
        change = {"before": {"stock": 4}, "after": {"stock": 3}, **create}
        listing = self.shared["listing"]
        change = ListingChange.objects.create(run=run, listing=listing, **change)
        return {"sync_run": run, "listing_change": change}

    def _parcel(self, patient, member) -> dict:
        """One that waits for a person, with a photograph and what the courier told."""
        now, create = timezone.now(), {"practice": self.practice}
        delivery = Delivery.objects.create(
            patient=patient,
            booked_by=member,
            recipient_name=patient.name,
            address_line="100 Sample Ave, Tampa, FL 33602",
            delivery_date=timezone.localdate(),
            state="needs_review",
            review_reason="The answer was lost.",
            attempted_at=now,
            **create,
        )
        proof = Proof.objects.create(
            delivery=delivery, kind="photo", url="https://files.example/p.png", **create
        )
        proof.keep(PIXEL, "image/png", now)
        event = DeliveryEvent.objects.create(
            delivery=delivery,
            receipt=self._receipt(f"event-{member.pk}"),
            parcel_id=f"P{member.pk}",
            type="delivery.assigned",
            happened_at=now,
            **create,
        )
        return {"delivery": delivery, "delivery_event": event, "proof": proof}

    def _labs(self, link, connection, sending) -> dict:
        """What a linked patient ordered from a plan, and a laboratory order with a result that
        is here and one that was given up."""
        now, create = timezone.now(), {"practice": self.practice}
        OrderReading.objects.create(link=link, **create)
        theirs = {
            "patient": link.patient,
            "vendor": link.vendor,
            "account_id": link.account_id,
            "vendor_patient_id": link.vendor_patient_id,
            "read_at": now,
        }
        Order.objects.create(
            vendor_order_id=f"o{link.pk}",
            number="R1",
            placed_at=now,
            plan_ids=[sending.vendor_plan_id],
            lines=[
                {
                    "sku": self.shared["fullscript_listing"].sku,
                    "name": "",
                    "quantity": 1,
                    "kind": "supplement",
                    "raw_kind": "",
                }
            ],
            **theirs,
            **create,
        )
        lab = LabOrder.objects.create(
            connection=connection,
            vendor_lab_order_id=f"l{link.pk}",
            name="Panel",
            state="ready",
            raw_state="results_ready",
            first_seen_at=now,
            changed_at=now,
            **theirs,
            **create,
        )
        result = LabResult.objects.create(order=lab, vendor_result_id="r1", name="Panel", **create)
        result.hold(b"%PDF-1.4 made up", "application/pdf", now)
        LabResult.objects.create(
            order=lab, vendor_result_id="r2", name="Panel", given_up=True, **create
        )
        return {"lab": lab, "lab_result": result}

    def _import(self, member):
        """A file that is checked, of one line, and that others uploaded, too."""
        batch = PatientImport.objects.create(
            practice=self.practice,
            file_name="patients.csv",
            digest="0" * 64,
            columns=[["First name", "First name"], ["Last name", "Last name"]],
            uploaded_by=member,
        )
        PatientImportFile(practice=self.practice, batch=batch).keep(FILE)
        PatientImportRow.objects.create(
            practice=self.practice,
            batch=batch,
            number=1,
            state="ready",
            values=KNOWN | {"birth_date": KNOWN["birth_date"].isoformat()},
        )
        return batch
