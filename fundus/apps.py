from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class FundusConfig(AppConfig):
    name = "fundus"

    def ready(self) -> None:
        from fundus import checks  # noqa: F401, PLC0415  (registers the system checks)


class AdministrationConfig(AdminConfig):
    default_site = "fundus.admin.FundusAdminSite"
