from django.db import migrations

from practice.rls import ProtectReference


class Migration(migrations.Migration):
    dependencies = [
        ("recommendations", "0001_initial"),
    ]
    operations = [
        ProtectReference("PlanItem", "listing"),
        ProtectReference("PackPill", "listing"),
    ]
