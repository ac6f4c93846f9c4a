from django.db import migrations

from practice.rls import ProtectAnew


class Migration(migrations.Migration):
    dependencies = [
        ("practice", "0007_merges_and_imports"),
    ]

    operations = [
        ProtectAnew("AuditEntry", operator=True, append_only=True),
        ProtectAnew("AuditSeal", operator=True, append_only=True),
        ProtectAnew("Receipt", operator=True),
    ]
