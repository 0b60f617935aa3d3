from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "guanxi.recommendations"
    default_auto_field = "django.db.models.BigAutoField"
