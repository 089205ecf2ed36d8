from allauth.account.views import LoginView, LogoutView
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path

from accounts import views

app_urls = [
    path("profile", views.profile, name="profile"),
]

# What the library does by e-mail, and for people who are not let in.
CLOSED = r"^(?:signup|inactive|email|confirm-email|login/code|password/reset)(?:/|$)"

urlpatterns = [
    re_path(CLOSED, login_not_required(views.closed), name="account_closed"),
    path("", include("allauth.urls")),
    # After the library's own, so that links name these.
    path("login", login_not_required(LoginView.as_view()), name="account_login"),
    path("logout", LogoutView.as_view(), name="account_logout"),
    path("", include((app_urls, "accounts"))),
]
