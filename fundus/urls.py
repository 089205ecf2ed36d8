"""The site map."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView

from accounts import views as account_views
from fundus import errors, health
from uploads.views import help as help_pages

help_urls = [
    path("help", help_pages.page, name="index"),
    path("help/<slug:slug>", help_pages.page, name="page"),
]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="uploads:dashboard"), name="home"),
    path("", include("uploads.urls")),
    path("", include("jobs.urls")),
    path("", include((help_urls, "help"))),
    path("accounts/", include("accounts.urls")),
    path("api/session", account_views.session, name="session"),
    path("admin/", admin.site.urls),
    path("healthz", login_not_required(health.healthz), name="healthz"),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error
