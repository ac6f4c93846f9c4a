"""Rows that came from vendors: an account, a listing, a patient there, a webhook."""

import datetime as dt

from django.utils import timezone

from catalog.models import Listing
from practice import sealing
from practice.models import Connection, Receipt, VendorPatient
from practice.vendors.contract import Verdict

PIXEL = b"\x89PNG\r\n\x1a\n"


class VendorRows:
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

    def _carton(self, connection):
        """A pack that comes as it is, which was agreed on with the account."""
        connection.cartons_as_packs = True
        connection.save(update_fields=["cartons_as_packs"])
        self._listing(connection=connection, vendor=connection.vendor, kind="pack")

    def _listing(self, **fields):
        now = timezone.now()
        return Listing.objects.create(
            **{
                "practice": self.practice,
                "sku": f"SKU-{self.practice.pk}-{fields['kind']}",
                "name": "Magnesium",
                "count": "60",
                "retail_price": "20",
                "wholesale_price": "12",
                "stock": 5,
                "first_seen_at": now,
                "seen_at": now,
            }
            | fields
        )

    def _listed_there(self, connection, vendor_patient_id, **fields):
        """A patient of the vendor's account of whom nobody decided yet who it is."""
        return VendorPatient.objects.create(
            practice=self.practice,
            vendor=connection.vendor,
            account_id=connection.account_id,
            vendor_patient_id=vendor_patient_id,
            first_name="Robin",
            last_name="Sample",
            read_at=timezone.now(),
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
