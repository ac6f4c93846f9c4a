from django.db import migrations

from practice.rls import ProtectReference


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
    ]
    operations = [
        ProtectReference("Listing", "product"),
        ProtectReference("Listing", "bottle"),
    ]
