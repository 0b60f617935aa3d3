from django.apps import AppConfig


class ScoringConfig(AppConfig):
    name = "guanxi.scoring"
    default_auto_field = "django.db.models.BigAutoField"
