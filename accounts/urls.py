from allauth.account.views import LoginView
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path

from accounts import views

app_urls = [
    path("profile", views.profile, name="profile"),
    path("sessions/<int:pk>/end", views.end_session, name="session-end"),
    path("2fa/recovery-codes/kept", views.codes_kept, name="codes-kept"),
]

# What the library does for people who register themselves, and for people who are not let in.
CLOSED = r"^(?:signup|inactive|email|confirm-email|login/code)(?:/|$)"

urlpatterns = [
    re_path(CLOSED, login_not_required(views.closed), name="account_closed"),
    # Before the library's own page, which takes no account of installations without mail.
    path("password/reset/", login_not_required(views.ask_reset), name="account_reset_password"),
    path("", include("allauth.urls")),
    # After the library's own, so that links name these.
    path("login", login_not_required(LoginView.as_view()), name="account_login"),
    path("logout", views.sign_out, name="account_logout"),
    path("", include((app_urls, "accounts"))),
]
