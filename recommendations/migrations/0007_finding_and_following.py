import django.db.models.deletion
from django.db import migrations, models

import practice.models.base
from practice.rls import Protect, Restrict
from practice.triggers import Audit

OF_LINK = (
    "(SELECT patient_id FROM practice_patientlink "
    "WHERE practice_id = subject.practice_id AND id = subject.link_id)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("practice", "0012_next_receipt"),
        ("recommendations", "0006_orders_read_and_results_opened"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlanReading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("not_before_at", models.DateTimeField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.TextField(blank=True)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name="sending",
            name="accepted_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the clinician said that the differences are right.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="sending",
            name="accepted_by",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="sending",
            name="there_patient_id",
            field=models.CharField(
                blank=True, help_text="Whom the vendor's page was opened on.", max_length=120
            ),
        ),
        migrations.AlterField(
            model_name="sending",
            name="differences",
            field=models.JSONField(
                default=list,
                help_text="What the vendor holds otherwise, a row a line (compare.py).",
            ),
        ),
        migrations.AlterField(
            model_name="sending",
            name="opened_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the vendor's own page was first opened for it: what is older is not it.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="sending",
            index=models.Index(
                condition=models.Q(
                    ("not_before_at__isnull", False), ("state__in", ["sent", "confirmed"])
                ),
                fields=["not_before_at"],
                name="sending_to_follow",
            ),
        ),
        migrations.AddField(
            model_name="planreading",
            name="link",
            field=practice.models.base.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="practice.patientlink",
            ),
        ),
        migrations.AddField(
            model_name="planreading",
            name="practice",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="practice.practice",
            ),
        ),
        migrations.AddIndex(
            model_name="planreading",
            index=models.Index(
                condition=models.Q(("not_before_at__isnull", False)),
                fields=["not_before_at"],
                name="plans_to_read",
            ),
        ),
        migrations.AddConstraint(
            model_name="planreading",
            constraint=models.UniqueConstraint(fields=("practice", "link"), name="one_reading"),
        ),
        Protect("PlanReading"),
        Restrict("PlanReading", via="link"),
        Audit("PlanReading", patient=OF_LINK, quiet=["read_at", "last_error"]),
    ]
