"""Settings, read from the environment or `.env`. The README has the table of names."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from fundus.environment import base_url, bucket_sources, seconds, switch, whole

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
env_file = os.environ.get("FUNDUS_ENV_FILE", str(BASE_DIR / ".env"))
if env_file:
    env.read_env(env_file)

# --- What kind of installation this is -------------------------------------------------------
DEBUG = switch(env, "DEBUG")
FUNDUS_DEMO = switch(env, "FUNDUS_DEMO")
FUNDUS_DEMO_PASSWORD = env.str("FUNDUS_DEMO_PASSWORD", default="")
HOST = env.str("HOST", default="127.0.0.1")
PORT = whole(env, "PORT", 8000)
LOCAL = DEBUG or FUNDUS_DEMO


def required(name: str, local: str) -> str:
    """A setting that only a local installation may leave out."""
    value: str = env.str(name, default=local if LOCAL else "")
    if not value:
        raise ImproperlyConfigured(f"Set {name} in the environment or in .env.")
    return value


SECRET_KEY = required("SECRET_KEY", "insecure-key-for-debugging-only" if DEBUG else "")
AUDIT_KEY = required("AUDIT_KEY", "insecure-key-for-debugging-only" if DEBUG else "")
# Keys used before, so that old seals of the audit trail can still be verified.
AUDIT_KEY_FALLBACKS = [
    key.strip() for key in env.str("AUDIT_KEY_FALLBACKS", default="").split(",") if key.strip()
]
AUDIT_SEAL_EVERY = seconds(env, "FUNDUS_SEAL_SECONDS", 300)
HOSTS = required("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
ALLOWED_HOSTS = [host.strip() for host in HOSTS]
PUBLIC_BASE_URL = base_url(
    "PUBLIC_BASE_URL", required("PUBLIC_BASE_URL", f"http://127.0.0.1:{PORT}")
)
TLS = PUBLIC_BASE_URL.startswith("https://")
TRUSTED_PROXY_COUNT = whole(env, "TRUSTED_PROXY_COUNT", 0, least=0)
SUPPORT_CONTACT = env.str("SUPPORT_CONTACT", default="")
REQUIRE_MFA = env.str("REQUIRE_MFA", default="staff")
if REQUIRE_MFA not in {"staff", "all", "none"}:
    raise ImproperlyConfigured("REQUIRE_MFA is one of staff, all and none.")

# --- Limits and time-outs ------------------------------------------------------------------
DIRECT_UPLOAD_MAX_FILE_SIZE_MB = whole(env, "DIRECT_UPLOAD_MAX_FILE_SIZE_MB", 5)
DIRECT_UPLOAD_MAX_FILES = whole(env, "DIRECT_UPLOAD_MAX_FILES", 100)
DIRECT_UPLOAD_MAX_MEGAPIXELS = whole(env, "DIRECT_UPLOAD_MAX_MEGAPIXELS", 100)
DEFAULT_UPLOAD_QUOTA = whole(env, "MAX_FILES_PER_UPLOAD", 50, least=0)
LOOKUPS_PER_MINUTE = 20
MAX_REJECTED_IN_MANIFEST = 1000
MAX_BODY_BYTES = 2 * 1024 * 1024
REFUSED_BODY_DRAIN = timedelta(seconds=2)
REFUSED_FORM_DRAIN = timedelta(seconds=60)
READ_TIMEOUT = seconds(env, "FUNDUS_READ_TIMEOUT", 30)
MIN_FREE_BYTES = whole(env, "FUNDUS_MIN_FREE_MB", 200, least=0) * 1024 * 1024
SESSION_IDLE_MINUTES = whole(env, "SESSION_IDLE_MINUTES", 30)
SESSION_LONGEST = timedelta(hours=12)
LINK_GOOD_FOR = timedelta(hours=72)

# --- The work on one file ------------------------------------------------------------------
JOBS_ITEM_TASK = "uploads.tasks.process_item"
JOBS_EDIT_TASK = "uploads.tasks.render_edit"
JOBS_EDIT_SWEEP = "uploads.edits.rescue.sweep"
JOBS_LEASE = seconds(env, "FUNDUS_LEASE_SECONDS", 75)
JOBS_MAX_ATTEMPTS = 3
JOBS_SWEEP_EVERY = seconds(env, "FUNDUS_SWEEP_SECONDS", 10)
JOBS_PICKUP_AFTER = seconds(env, "FUNDUS_PICKUP_SECONDS", 30)
JOBS_NOT_RECEIVED_AFTER = seconds(env, "FUNDUS_NOT_RECEIVED_SECONDS", 3600)
JOBS_STORAGE_PATIENCE = seconds(env, "FUNDUS_STORAGE_PATIENCE", 6 * 3600)
JOBS_KEEP_BROKEN = timedelta(days=30)
JOBS_ORPHAN_AFTER = timedelta(hours=24)
JOBS_CANARY_EVERY = seconds(env, "FUNDUS_CANARY_SECONDS", 30)
JOBS_STALL_AFTER = seconds(env, "FUNDUS_STALL_SECONDS", 90)
JOBS_STOP_GRACE = seconds(env, "FUNDUS_STOP_GRACE_SECONDS", 15)
JOBS_CHECK_TASK = "uploads.verifying.work"
JOBS_CHECK_DAYS = whole(env, "FUNDUS_VERIFY_DAYS", 7, least=0)
JOBS_WORKER_MEMORY = whole(env, "FUNDUS_WORKER_MEMORY_MB", 1536) * 1024 * 1024

# --- Applications --------------------------------------------------------------------------
INSTALLED_APPS = [
    "fundus.apps.FundusConfig",
    "uploads.apps.UploadsConfig",
    "jobs.apps.JobsConfig",
    "accounts.apps.AccountsConfig",
    "fundus.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_q",
]

MIDDLEWARE = [
    "uploads.wire.middleware.ReleaseDatabase",
    "accounts.middleware.RequestOrigin",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "fundus.middleware.SafeResponses",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "uploads.wire.middleware.RefuseUnread",
    "accounts.middleware.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.IdleSession",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SignInRequired",
    "accounts.door.SecondFactorRequired",
    "uploads.wire.middleware.BodyLimit",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "fundus.middleware.Outage",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]

ROOT_URLCONF = "fundus.urls"
WSGI_APPLICATION = "fundus.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["fundus.templatetags.shown"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "fundus.context.site",
                "accounts.context.session",
            ],
        },
    }
]

# --- Data ----------------------------------------------------------------------------------
DATA_DIR = Path(env.str("FUNDUS_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR}/fundus.sqlite3")}
DATABASE = DATABASES["default"]
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    DATABASE["OPTIONS"] = {
        "timeout": 20,
        # A reader that turns writer half-way fails at once under WAL, whatever the time-out.
        "transaction_mode": "IMMEDIATE",
        # FULL: with NORMAL a power cut may lose commits we have already answered for.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    DATABASE["CONN_HEALTH_CHECKS"] = True
    DATABASE["OPTIONS"] = {
        "connect_timeout": 5,
        # A server that has vanished without a word must not hold anybody for hours.
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,  # milliseconds
        "options": "-c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"
        # Our queries are short and find their rows by index, on disks that have no arm to move:
        # compiling them takes longer than running them, and whole tables are never the way.
        " -c jit=off -c random_page_cost=1.1",
    }
    # The web server has more threads than the database has connections; a pool does not
    # survive a fork, so worker processes keep a plain connection each.
    if switch(env, "FUNDUS_WEB_PROCESS"):
        DATABASE["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 16, "timeout": 10}
    else:
        DATABASE["CONN_MAX_AGE"] = 60

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Guesses are counted here: a guesser must not push the counts out with odd names.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    "queue": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "queue"},
}

# Spools and staged files share the volume, so that accepting a file is a rename.
SPOOL_DIR = DATA_DIR / "spool"
FILE_UPLOAD_HANDLERS = ["uploads.formparts.RefuseFiles"]
DATA_UPLOAD_MAX_NUMBER_FILES = None  # the form's own handler counts, and can say so

BUCKET = env.str("AWS_STORAGE_BUCKET_NAME", default="")


def storage(folder: str) -> dict[str, object]:
    if not BUCKET:
        return {
            "BACKEND": "jobs.storage.DurableFiles",
            "OPTIONS": {"location": str(DATA_DIR / folder)},
        }
    return {
        "BACKEND": "jobs.storage.PrivateBucket",
        "OPTIONS": {"bucket_name": BUCKET, "location": folder},
    }


STORAGES = {
    "default": storage("media"),
    "staging": storage("staging"),
    "staticfiles": {"BACKEND": "fundus.staticfiles.HashedFiles"},
}
AWS_ACCESS_KEY_ID = env.str("AWS_ACCESS_KEY_ID", default=None)
AWS_SECRET_ACCESS_KEY = env.str("AWS_SECRET_ACCESS_KEY", default=None)
AWS_S3_ENDPOINT_URL = env.str("AWS_S3_ENDPOINT_URL", default=None)
AWS_S3_REGION_NAME = env.str("AWS_S3_REGION_NAME", default=None)
AWS_S3_ADDRESSING_STYLE = env.str("AWS_S3_ADDRESSING_STYLE", default=None)
BUCKET_SOURCES = bucket_sources(BUCKET, AWS_S3_ENDPOINT_URL, AWS_S3_REGION_NAME) if BUCKET else []
# Where a proxy in front of us serves the media folder to us alone: see the README.
MEDIA_ACCEL_PREFIX = env.str("MEDIA_ACCEL_PREFIX", default="")

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    ("vendor/bootstrap", NODE_MODULES / "bootstrap" / "dist"),
    ("vendor/bootstrap-icons", NODE_MODULES / "bootstrap-icons" / "font"),
    ("vendor/spark-md5", NODE_MODULES / "spark-md5"),
    ("vendor/cropperjs", NODE_MODULES / "cropperjs" / "dist"),
    ("vendor/openseadragon", NODE_MODULES / "openseadragon" / "build" / "openseadragon"),
]
WHITENOISE_MANIFEST_STRICT = True

# --- Queue ---------------------------------------------------------------------------------
WORKERS = whole(env, "WORKERS", 2)
QUEUE_BROKER = env.str("QUEUE_BROKER", default="orm")
Q_CLUSTER: dict[str, Any] = {
    "name": "fundus",
    "workers": WORKERS,
    "timeout": whole(env, "FUNDUS_TASK_TIMEOUT", 60),
    "retry": whole(env, "FUNDUS_TASK_RETRY", 300),
    "queue_limit": WORKERS,
    "bulk": 1,
    "ack_failures": False,
    "max_attempts": 5,
    "save_limit": -1,
    "catch_up": False,
    "scheduler": False,
    "recycle": 500,
    "max_rss": 600_000,
    "poll": 0.1,
    "guard_cycle": 1,
    "cache": "queue",
    "compress": False,
    "log_level": "WARNING",
}
if QUEUE_BROKER == "orm":
    Q_CLUSTER["orm"] = "default"
elif QUEUE_BROKER.startswith("redis://"):
    Q_CLUSTER["redis"] = QUEUE_BROKER
else:
    raise ImproperlyConfigured("QUEUE_BROKER is orm or an address that begins with redis://.")

# --- Signing in ----------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{VALIDATION}.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.LongestPassword"},
    {"NAME": "accounts.passwords.NotGuessable"},
    {"NAME": "accounts.passwords.NotOfThisPlace"},
]
PASSWORD_RESET_TIMEOUT = 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.ClosedDoor"
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "reset_password": "accounts.forms.AskForReset",
    "user_token": "accounts.forms.ResetKey",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Per address generous enough for a clinic behind one address, per account tight.
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "60/m/ip,5/5m/key",
    "reset_password": "60/m/ip,3/15m/key",
    "reset_password_from_key": "60/m/ip",
}
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True  # by way of the second factor, where there is one
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Fundus] "
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
MFA_ADAPTER = "accounts.adapter.Factors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody registers by mail
MFA_RATE_LIMITS = {"webauthn_login": "120/m/ip"}
MFA_TOTP_ISSUER = "Fundus"
USERSESSIONS_ADAPTER = "accounts.adapter.Sessions"
USERSESSIONS_TRACK_ACTIVITY = False  # a write for every request; we note once a minute

# --- Mail, where there is any --------------------------------------------------------------
MAIL = bool(env.str("EMAIL_URL", default=""))
if MAIL:
    for _name, _value in env.email_url("EMAIL_URL").items():
        globals()[_name] = _value
    ACCOUNT_EMAIL_NOTIFICATIONS = True
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="fundus@localhost")

# --- Sessions, cookies, headers ------------------------------------------------------------
PREFIX = "__Host-" if TLS else ""
SESSION_COOKIE_NAME = f"{PREFIX}sessionid"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = int(SESSION_LONGEST.total_seconds())
SESSION_COOKIE_SECURE = TLS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = f"{PREFIX}csrftoken"
CSRF_COOKIE_SECURE = TLS
CSRF_FAILURE_VIEW = "fundus.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]
SECURE_SSL_REDIRECT = TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = TLS
SECURE_HSTS_PRELOAD = TLS
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if TLS and TRUSTED_PROXY_COUNT else None
)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "img-src": [SELF, "blob:", "data:", *BUCKET_SOURCES],
        "form-action": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Language, time, log -------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = True
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEST_RUNNER = "django.test.runner.DiscoverRunner"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "fundus.logs.JsonLines"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"level": "INFO"},
        # The request lines of these would repeat addresses with what people typed into them.
        "django.request": {"level": "ERROR"},
        "django-q": {"handlers": ["console"], "level": "WARNING", "propagate": False},
    },
}
