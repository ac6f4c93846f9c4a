"""Rows that a practice has once, for an address to name or a page to count."""

import datetime as dt

from django.utils import timezone

from catalog import words
from catalog.models import (
    BrandAlias,
    Favourite,
    FormularyEntry,
    Listing,
    ListingFile,
    Product,
    Review,
    Synonym,
)
from deliveries.models import Delivery
from practice.models import (
    CourierAccount,
    Cover,
    EventSweep,
    Invitation,
    PatientImport,
    PatientImportFile,
    PatientImportRow,
    SupportView,
    VendorRefusal,
    VendorWord,
)
from practice.roles import Role
from recommendations.models import Plan, Protocol, ProtocolItem, RiskMark, UpperLimit
from tests.factories import PatientFactory, UserFactory
from tests.isolation.vendor_rows import PIXEL, VendorRows

# Was here before any file was uploaded that names them.
KNOWN = {"first_name": "Ready", "last_name": "Row", "birth_date": dt.date(1970, 1, 1)}

FILE = b"First name,Last name\nAda,Lum\n"


class ClinicRows(VendorRows):
    def _shared(self) -> dict:
        """What the practice has once."""
        now, practice, owner = timezone.now(), self.practice, self.members["owner"]
        account = CourierAccount.objects.create(practice=practice)
        account.set_key("courier key")
        account.roll_secret("hook secret")
        product = Product.objects.create(practice=practice, name="Magnesium", form="capsule")
        pill = self._listing(vendor="wholescripts", kind="pill")
        listing = self._listing(
            product=product, vendor="wholescripts", kind="bottle", pill_sku=pill.sku
        )
        elsewhere = self._listing(vendor="fullscript", kind="bottle")
        words.refresh([product.pk], practice.pk)
        for member in self.members.values():
            Favourite.objects.create(practice=practice, membership=member, product=product)
        self._waiting()
        batch = PatientImport.objects.create(
            practice=practice,
            file_name="patients.csv",
            columns=[["First name", "First name"], ["Last name", "Last name"]],
            lines=1,
            uploaded_by=owner,
        )
        PatientImportFile(practice=practice, batch=batch).keep(FILE)
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
                content=PIXEL,
                fetched_at=now,
            ),
            "formulary_entry": FormularyEntry.objects.create(
                practice=practice,
                product=product,
                standing="avoid",
                reason="Upsets stomachs",
                decided_by=owner,
                decided_at=now,
            ),
            "risk_mark": RiskMark.objects.create(
                practice=practice,
                listing=elsewhere,
                risk="gone",
                note="Call them",
                marked_by=owner,
                marked_at=now,
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
            # The operator's: the same rows for every practice.
            "product_of_all": self._listing_of_all().product,
            "vendor_refusal": VendorRefusal.objects.get_or_create(
                vendor="fullscript",
                operation="lab_tests",
                defaults={"first_at": now, "last_at": now},
            )[0],
            "brand_alias": BrandAlias.objects.get_or_create(
                folded="sun mere",
                defaults={"alias": "Sun Mere", "brand": "Sunmere", "added_at": now},
            )[0],
            "synonym": Synonym.objects.get_or_create(phrases=["zinc", "zincum"])[0],
            "vendor_word": VendorWord.objects.get_or_create(
                vendor="wholescripts", term="packet", word="Noon", meaning="midday"
            )[0],
            "upper_limit": self._upper_limit(now),
        }

    def _upper_limit(self, now):
        found = UpperLimit.objects.filter(nutrient="zinc").first()
        return found or UpperLimit.objects.create(
            nutrient="zinc",
            amount=25,
            source="Panel",
            published=2024,
            set_by=UserFactory(is_staff=True),
            set_at=now,
        )

    def _listing_of_all(self):
        """With a picture that the vendor gives to everybody."""
        found = Listing.objects.filter(practice=None, sku="SKU-OF-ALL").first()
        if found is None:
            product = Product.objects.create(name="Zinc", form="capsule")
            found = self._listing(
                practice=None,
                product=product,
                vendor="wholescripts",
                kind="bottle",
                sku="SKU-OF-ALL",
            )
            ListingFile.objects.create(
                listing=found,
                kind="image",
                content_type="image/png",
                content=PIXEL,
                fetched_at=timezone.now(),
            )
        return found

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
