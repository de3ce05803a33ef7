"""Django settings, all of them read from the home folder and a few `TOANCANH_*` variables (docs/settings.md)."""

import os
import warnings
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from toancanh.base.home import current
from toancanh.config import LOCALE

HOME = current()
SECRET_KEY = HOME.secret_key()
DEBUG = os.environ.get("TOANCANH_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("TOANCANH_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
ROOT_URLCONF = "toancanh.config.urls"
ASGI_APPLICATION = "toancanh.config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_vite",
    "django_tasks_db",
    "toancanh.base",
    "toancanh.units",
    "toancanh.access",
    "toancanh.warehouse",
    "toancanh.sources",
    "toancanh.indicators",
    "toancanh.alerts",
    "toancanh.cases",
    "toancanh.screens",
    "toancanh.config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "toancanh.screens.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "toancanh.screens.revision.RevisionMiddleware",
    "toancanh.screens.problems.ProblemMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "toancanh.screens.context.shell",
            ],
            "builtins": ["toancanh.screens.templatetags.screens"],
        },
    }
]


def _database(url: str | None) -> dict[str, object]:
    """Connection settings of `TOANCANH_DATABASE_URL`, or of the SQLite file in the home."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HOME.database,
            # Measured: anything less locks writers out under load (docs/adr/0002-two-stores.md).
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


# A thread of the web process keeps its connection from one request to the next.
DATABASES = {
    "default": _database(os.environ.get("TOANCANH_DATABASE_URL")) | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
}

# The unit whose centre this is.
PROVINCE = os.environ.get("TOANCANH_PROVINCE", "gso:66")

# The centre as it is asked for from outside: what messages link to.
PUBLIC_URL = os.environ.get("TOANCANH_PUBLIC_URL", "")
# Whether browsers may subscribe at push services that are not public machines.
PUSH_PRIVATE = os.environ.get("TOANCANH_PUSH_PRIVATE") == "1"

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [LOCALE]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["fast", "slow", "messages"]}}

AUTH_USER_MODEL = "access.User"
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

HTTPS = os.environ.get("TOANCANH_HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
CSRF_FAILURE_VIEW = "toancanh.screens.problems.forbidden"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:", "blob:"],
    "style-src": ["'self'"],
    "style-src-attr": ["'unsafe-inline'"],
    "worker-src": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 << 20  # more than the largest message that a source may push
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# WhiteNoise hands files over as synchronous iterators; they are small, and read whole they do no harm.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

STATIC_URL = "/static/"
STATIC_ROOT = Path(__file__).parents[1] / "screens" / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 31536000
DJANGO_VITE = {
    "default": {
        "manifest_path": Path(__file__).parents[1] / "screens" / "static" / "dist" / "manifest.json",
        "static_url_prefix": "dist",
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"django": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
}
