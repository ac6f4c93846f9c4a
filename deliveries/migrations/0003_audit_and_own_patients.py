from django.db import migrations

from practice.rls import Restrict
from practice.triggers import Audit

OF_DELIVERY = (
    "(SELECT patient_id FROM deliveries_delivery "
    "WHERE practice_id = subject.practice_id AND id = subject.delivery_id)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("deliveries", "0002_shared_or_own"),
        ("practice", "0002_people_audit_and_patients"),
    ]
    operations = [
        Restrict("Delivery", via="patient"),
        Restrict("DeliveryEvent", via="delivery"),
        Restrict("Proof", via="delivery"),
        Audit(
            "Delivery",
            patient="subject.patient_id",
            quiet=["attempted_at", "last_error"],
        ),
        Audit("Proof", patient=OF_DELIVERY, hidden=["sealed"], quiet=["last_error"]),
    ]
