from django.db import migrations

from practice.rls import ProtectReference


class Migration(migrations.Migration):
    dependencies = [
        ("deliveries", "0001_initial"),
    ]
    operations = [
        ProtectReference("DeliveryEvent", "receipt"),
    ]
