from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConsentConfig(AppConfig):
    name = "guanxi.consent"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from guanxi.consent import guards

        post_migrate.connect(guards.install, sender=self, dispatch_uid="consent.guards")
