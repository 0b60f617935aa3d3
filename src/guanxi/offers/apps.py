from django.apps import AppConfig


class OffersConfig(AppConfig):
    name = "guanxi.offers"
    default_auto_field = "django.db.models.BigAutoField"
