"""Secrets sealed with the installation's secret are sealed anew with a data key; what does not open stays as it is."""

from uuid import uuid4

from django.conf import settings
from django.db import migrations

from guanxi.kernel import sealing
from guanxi.kernel.sealed_field import SealedText

PURPOSE = "webhook secret"


def reseal(apps, _editor):
    for endpoint in apps.get_model("webhooks", "Endpoint").objects.all():
        endpoint.uid = uuid4()
        endpoint.secret = opened(endpoint.secret_sealed)
        endpoint.former_secret = opened(endpoint.former_secret_sealed)
        endpoint.save(update_fields=["uid", "secret", "former_secret"])


def opened(sealed):
    try:
        return sealing.unseal(settings.SECRET_KEY, PURPOSE, sealed) if sealed else ""
    except sealing.BrokenSeal:
        return SealedText(sealed)


def seal_back(apps, _editor):
    for endpoint in apps.get_model("webhooks", "Endpoint").objects.all():
        endpoint.secret_sealed = sealing.seal(settings.SECRET_KEY, PURPOSE, endpoint.secret)
        former = endpoint.former_secret
        endpoint.former_secret_sealed = sealing.seal(settings.SECRET_KEY, PURPOSE, former) if former else ""
        endpoint.save(update_fields=["secret_sealed", "former_secret_sealed"])


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0002_add_sealed_secret")]

    operations = [migrations.RunPython(reseal, seal_back)]
