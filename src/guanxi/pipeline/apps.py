from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "guanxi.pipeline"
    default_auto_field = "django.db.models.BigAutoField"
