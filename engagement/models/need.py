"""What readers asked for that the library could not give, and the services that would."""

from django.conf import settings
from django.db import models


class Need(models.Model):
    """Something readers need, in a few words."""

    name = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class NeedAsk(models.Model):
    """One time somebody asked. The patron goes with consent or erasure; the count stays."""

    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="asks")
    patron = models.ForeignKey("patrons.Patron", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    branch = models.ForeignKey("library.Branch", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    met = models.BooleanField(default=False, help_text="Whether the library could help this time.")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["need", "-at"], name="need_ask_newest")]

    def __str__(self) -> str:
        return f"{self.need_id} {self.at:%Y-%m-%d}"


class Service(models.Model):
    """Something the library offers, or stopped offering, and the needs it serves."""

    name = models.CharField(max_length=120, unique=True)
    description = models.CharField(max_length=500, blank=True)
    offered = models.BooleanField(default=True)
    needs = models.ManyToManyField(Need, blank=True, related_name="services")

    def __str__(self) -> str:
        return self.name
