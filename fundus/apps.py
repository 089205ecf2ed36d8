from django.apps import AppConfig


class FundusConfig(AppConfig):
    name = "fundus"

    def ready(self) -> None:
        from fundus import checks  # noqa: F401, PLC0415  (registers the system checks)
