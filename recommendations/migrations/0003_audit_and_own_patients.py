from django.db import migrations

from practice.rls import Restrict
from practice.triggers import Audit

OF_PLAN = (
    "(SELECT patient_id FROM recommendations_plan "
    "WHERE practice_id = subject.practice_id AND id = subject.plan_id)"
)
OF_ITEM = (
    "(SELECT patient_id FROM recommendations_plan p JOIN recommendations_planitem i "
    "ON i.practice_id = p.practice_id AND i.plan_id = p.id "
    "WHERE i.practice_id = subject.practice_id AND i.id = subject.item_id)"
)
OF_PACK = (
    "(SELECT patient_id FROM recommendations_plan p JOIN recommendations_pack k "
    "ON k.practice_id = p.practice_id AND k.plan_id = p.id "
    "WHERE k.practice_id = subject.practice_id AND k.id = subject.pack_id)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("recommendations", "0002_shared_or_own"),
        ("practice", "0002_people_audit_and_patients"),
    ]
    operations = [
        Restrict("Plan", via="patient"),
        Restrict("PlanItem", via="plan"),
        Restrict("Pack", via="plan"),
        Restrict("Sending", via="plan"),
        Audit("Plan", patient="subject.patient_id"),
        Audit("PlanItem", patient=OF_PLAN),
        Audit("Dose", patient=OF_ITEM),
        Audit("Pack", patient=OF_PLAN),
        Audit("PackPill", patient=OF_PACK),
        Audit(
            "Sending",
            patient=OF_PLAN,
            quiet=["look_ups", "checked_at", "attempted_at", "fingerprint", "last_error"],
        ),
    ]
