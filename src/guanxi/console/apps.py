from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "guanxi.console"

    def ready(self) -> None:
        from guanxi.console import sign_in

        sign_in.listen()
