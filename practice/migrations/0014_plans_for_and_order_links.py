from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("practice", "0013_events_asked_for_again"),
    ]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="plans_for_id",
            field=models.CharField(
                blank=True,
                help_text="The vendor's practitioner whom a staff member's account makes plans for.",
                max_length=120,
            ),
        ),
        migrations.AddField(
            model_name="connection",
            name="plans_for_name",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="practice",
            name="order_links_on_documents",
            field=models.BooleanField(
                default=True, help_text="Show where the dispensaries take the order, on the sheet."
            ),
        ),
    ]
