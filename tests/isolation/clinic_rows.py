"""A real row of every kind that an address can name, for one practice and one clinician."""

import datetime as dt

from django.utils import timezone

from catalog import words
from catalog.models import Listing, ListingFile, Product, Review, SyncRun
from deliveries.models import Delivery, DeliveryEvent, Proof
from practice import sealing, timeline
from practice.models import (
    Connection,
    CourierAccount,
    Cover,
    EventSweep,
    Invitation,
    PatientEvent,
    PatientImport,
    PatientImportFile,
    PatientImportRow,
    PatientLink,
    PatientMerge,
    Receipt,
    SupportView,
    VendorPatient,
    VendorRefusal,
    VendorWord,
)
from practice.roles import Role
from practice.vendors.contract import Verdict
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
    Protocol,
    ProtocolItem,
    Sending,
)
from tests.factories import PatientFactory, UserFactory

PIXEL = b"\x89PNG\r\n\x1a\n"
# Was here before any file was uploaded that names them.
KNOWN = {"first_name": "Ready", "last_name": "Row", "birth_date": dt.date(1970, 1, 1)}


class Rows:
    """What `Clinic` has: once for the practice, and once for each clinician."""

    def _shared(self) -> dict:
        """What the practice has once."""
        now, practice, owner = timezone.now(), self.practice, self.members["owner"]
        account = CourierAccount.objects.create(practice=practice)
        account.set_key("courier key")
        account.roll_secret("hook secret")
        product = Product.objects.create(practice=practice, name="Magnesium", form="capsule")
        listing = self._listing(product=product, vendor="wholescripts", kind="bottle")
        pill = self._listing(vendor="wholescripts", kind="pill")
        elsewhere = self._listing(vendor="fullscript", kind="bottle")
        words.refresh([product.pk], practice.pk)
        self._waiting()
        batch = PatientImport.objects.create(
            practice=practice,
            file_name="patients.csv",
            columns=[["First name", "First name"], ["Last name", "Last name"]],
            lines=1,
            uploaded_by=owner,
        )
        PatientImportFile(practice=practice, batch=batch).keep(b"First name,Last name\nAda,Lum\n")
        line = PatientImportRow.objects.create(
            practice=practice, batch=batch, number=1, state="ready", values={"first_name": "Ada"}
        )
        return {
            "account": account,
            "product": product,
            "listing": listing,
            "fullscript_listing": elsewhere,
            "listing_file": ListingFile.objects.create(
                practice=practice,
                listing=listing,
                kind="image",
                content_type="image/png",
                content=b"\x89PNG\r\n\x1a\n",
                fetched_at=now,
            ),
            "review": Review.objects.create(
                practice=practice, one=listing, other=elsewhere, evidence="name"
            ),
            "pill": pill,
            "protocol": self._protocol(listing),
            "import": batch,
            "import_row": line,
            "member": self.members["assistant"],
            "colleague": self.members["colleague"],
            "invitation": Invitation.objects.create(
                practice=practice,
                email="new@people.example",
                name="Nell New",
                role=Role.ASSISTANT,
                token_hash=f"{practice.pk:064}",
                invited_by=owner,
                sent_at=now,
                expires_at=now + dt.timedelta(days=7),
            ),
            "support_view": SupportView.objects.create(
                practice=practice,
                membership=owner,
                staff=UserFactory(is_staff=True),
                reason="Asked us to look",
                begun_at=now - dt.timedelta(days=1),
                expires_at=now - dt.timedelta(hours=23),
                ended_at=now - dt.timedelta(hours=23),
                owners_told_at=now,
            ),
            "receipt": self._receipt("receipt"),
            "covered_plan": self._covered_plan(),
            "event_sweep": EventSweep.objects.create(
                practice=self.practice,
                vendor="fullscript",
                account_id=f"clinic-{self.practice.pk}",
                span="recent",
            ),
            # The operator's: the same row for every practice.
            "vendor_refusal": VendorRefusal.objects.get_or_create(
                vendor="fullscript",
                operation="lab_tests",
                defaults={"first_at": now, "last_at": now},
            )[0],
            "vendor_word": VendorWord.objects.get_or_create(
                vendor="wholescripts", term="packet", word="Noon", meaning="midday"
            )[0],
        }

    def _protocol(self, listing):
        """Everybody's here, and as if it had come from the dispensary."""
        protocol = Protocol.objects.create(
            practice=self.practice,
            name="Winter",
            vendor="fullscript",
            vendor_protocol_id=f"protocol-{self.practice.pk}",
        )
        ProtocolItem.objects.create(practice=self.practice, protocol=protocol, listing=listing)
        return protocol

    def _waiting(self):
        """What pages count and deeds take up wherever it stands: a parcel that waits for the
        courier's account, an account to reconnect, somebody whom a file names, too."""
        practice, away = self.practice, self.members["away"]
        known = PatientFactory(practice=practice, practitioner=away, **KNOWN)
        Delivery.objects.create(
            practice=practice,
            patient=known,
            booked_by=away,
            recipient_name=known.name,
            address_line="100 Sample Ave, Tampa, FL 33602",
            delivery_date=timezone.localdate(),
            state="ready",
        )
        self._connection(away, "wholescripts", state="needs_reconnect")

    def _covered_plan(self):
        """A draft of somebody who is away today, and for whom every other clinician covers."""
        away, today = self.members["away"], timezone.localdate()
        for member in self.members.values():
            if member.is_clinician and member != away:
                Cover.objects.create(
                    practice=self.practice,
                    absent=away,
                    by=member,
                    first_date=today - dt.timedelta(days=1),
                    last_date=today + dt.timedelta(days=1),
                    arranged_by="Owner",
                )
        patient = PatientFactory(practice=self.practice, practitioner=away)
        return Plan.objects.create(practice=self.practice, patient=patient, clinician=away)

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
        sending = Sending.objects.create(
            plan=signed,
            vendor="fullscript",
            connection=connection,
            road="hand_over",
            state="hand_over",
            **create,
        )
        unsent = Sending.objects.create(
            plan=signed,
            vendor="wholescripts",
            connection=wholescripts,
            road="api",
            state="refused",
            **create,
        )
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
        link = PatientLink.objects.create(
            patient=patient,
            vendor="fullscript",
            account_id=connection.account_id,
            vendor_patient_id=f"v{member.pk}",
            evidence="confirmed",
            linked_at=now,
            **create,
        )
        lab, lab_result = self._lab(link, connection)
        return self.shared | {
            "lab": lab,
            "lab_result": lab_result,
            "patient": patient,
            "other_patient": other,
            "archived": archived,
            "patient_event": PatientEvent.objects.get(practice=practice, patient=patient),
            "connection": connection,
            "wholescripts": wholescripts,
            "patient_link": link,
            "vendor_patient": VendorPatient.objects.create(
                vendor="fullscript",
                account_id=connection.account_id,
                vendor_patient_id=f"w{member.pk}",
                first_name="Robin",
                last_name="Sample",
                read_at=now,
                **create,
            ),
            "plan": plan,
            "item": PlanItem.objects.get(practice=practice, plan=plan),
            "pack": pack,
            "signed": signed,
            "outside_plan": OutsidePlan.objects.create(
                patient=patient,
                vendor="fullscript",
                account_id=connection.account_id,
                vendor_plan_id=f"o{member.pk}",
                state="active",
                lines=[{"sku": "V1", "name": "", "units": 1, "how": "Take 1", "notes": ""}],
                read_at=now,
                **create,
            ),
            "sending": sending,
            "unsent": unsent,
            "delivery": delivery,
            "delivery_event": event,
            "proof": proof,
            "sync_run": SyncRun.objects.create(
                vendor="fullscript", part="private_label", connection=connection, **create
            ),
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

    def _import(self, member):
        """A file that is checked, of one line."""
        batch = PatientImport.objects.create(
            practice=self.practice, file_name="patients.csv", uploaded_by=member
        )
        PatientImportRow.objects.create(
            practice=self.practice,
            batch=batch,
            number=1,
            state="ready",
            values=KNOWN | {"birth_date": KNOWN["birth_date"].isoformat()},
        )
        return batch

    def _lab(self, link, connection):
        """A laboratory order of a linked patient, and a result of it that is here."""
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
            vendor_order_id=f"o{link.pk}", number="R1", placed_at=now, **theirs, **create
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
        return lab, result

    def _connection(self, member, vendor, state="active"):
        """With tokens that no vendor knows."""
        now = timezone.now()
        made = Connection.objects.create(
            practice=self.practice,
            membership=member,
            vendor=vendor,
            state=state,
            account_id=f"{vendor}-{member.pk}",
            practitioner_id=f"p{member.pk}",
            email=f"vendor{member.pk}@people.example",
            expires_at=now + dt.timedelta(hours=1),
            token_at=now,
            connected_at=now,
        )
        for field in ("access_token", "refresh_token"):
            sealing.seal(made, field, f"{field} of {made.pk}")
        made.save()
        return made

    def _listing(self, **fields):
        now = timezone.now()
        return Listing.objects.create(
            practice=self.practice,
            sku=f"SKU-{self.practice.pk}-{fields['kind']}",
            name="Magnesium",
            count="60",
            retail_price="20",
            wholesale_price="12",
            stock=5,
            first_seen_at=now,
            seen_at=now,
            **fields,
        )

    def _receipt(self, name):
        receipt = Receipt(
            practice=self.practice,
            vendor="scriptrun",
            endpoint=f"scriptrun/{self.slug}",
            event_id=name,
            event_type="delivery.assigned",
            verdict=Verdict.GENUINE,
            received_at=timezone.now(),
            state="done",
        )
        receipt.keep(b'{"event": "delivery.assigned", "data": {}}')
        receipt.save()
        return receipt
