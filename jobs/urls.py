from django.urls import path

from jobs import views

app_name = "jobs"
urlpatterns = [
    path("direct/upload/processing/<uuid:token>", views.processing, name="job-processing"),
    path("direct/upload/results/<uuid:token>", views.results, name="job-results"),
    path("direct/upload/results/<uuid:token>/errors.csv", views.errors_csv, name="job-errors-csv"),
    path("direct/jobs", views.recent, name="job-list"),
    path("api/upload-jobs/<uuid:token>/status", views.status, name="job-status"),
]
