from django.apps import AppConfig


class SupplyConfig(AppConfig):
    name = "guanxi.supply"
    default_auto_field = "django.db.models.BigAutoField"
