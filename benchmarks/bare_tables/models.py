"""A report and its answers, as plain as can be."""

from django.db import models


class BareReport(models.Model):
    """A report."""

    id = models.UUIDField(primary_key=True)
    task = models.UUIDField()
    started = models.DateTimeField()


class BareAnswer(models.Model):
    """An answer."""

    report = models.ForeignKey(BareReport, models.CASCADE)
    clause = models.CharField(max_length=64)
    value = models.CharField(max_length=300)
