from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from jobs.worker import inside  # noqa: PLC0415  (models are ready only now)

        inside.prepare()
