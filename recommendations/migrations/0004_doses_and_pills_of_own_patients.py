from django.db import migrations

from practice.rls import Restrict


class Migration(migrations.Migration):
    dependencies = [
        ("recommendations", "0003_audit_and_own_patients"),
    ]

    operations = [
        Restrict("Dose", via="item"),
        Restrict("PackPill", via="pack"),
    ]
