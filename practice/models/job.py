"""When each periodic task last ran."""

from django.db import models


class PeriodicJob(models.Model):
    """The last runs of one task that beat starts. The operator's: no practice has a part in
    it. Written once a run (`practice/jobs.py`)."""

    name = models.CharField(max_length=120, unique=True, help_text="The task's.")
    first_at = models.DateTimeField(auto_now_add=True, help_text="When it was first noted.")
    started_at = models.DateTimeField()
    runtime_ms = models.PositiveIntegerField()
    succeeded_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    last_failure = models.CharField(max_length=120, blank=True, help_text="The error's class.")

    def __str__(self):
        return self.name
