"""Settings. Everything that differs between installations comes from the environment; README.md lists the variables."""

from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from courseapp.web.environment import boolean, integer, listing, text
from courseapp.web.secret import kept_secret

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(text("VAR_DIR", str(BASE_DIR / "var"))).resolve()
"""Where this installation keeps what it writes: the SQLite database, the secret key, the collected static files."""

DEBUG = boolean("DEBUG", False)
SECRET_KEY = text("SECRET_KEY") or kept_secret(VAR_DIR / "secret_key")
ALLOWED_HOSTS = listing("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = listing("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "courseapp.web.storage.CourseStaticFilesConfig",
    "channels",
    "django_htmx",
    "courseapp.web",
    "courseapp.labs",
    "courseapp.quizzes",
    "courseapp.lessons",
    "courseapp.rooms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "courseapp.web.csp.ContentSecurityPolicyMiddleware",
    "courseapp.web.compression.CompressionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "courseapp.web.visitor.VisitorMiddleware",
    "courseapp.web.errors.WrongMethodMiddleware",
]

ROOT_URLCONF = "courseapp.urls"
ASGI_APPLICATION = "courseapp.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "courseapp.web.csp.csp_nonce",
            ]
        },
    }
]

# --- Database ---

DATABASE_URL = text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'course.sqlite3'}")
SQLITE_OPTIONS: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",  # take the write lock at once: a later upgrade would fail instead of waiting
    "timeout": 10,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",  # what is stored survives a killed process
}


def database(url: str) -> dict[str, Any]:
    """Django's settings for a `sqlite:` or `postgresql:` address. Raises ImproperlyConfigured for any other."""
    try:
        parsed: dict[str, Any] = {**dj_database_url.parse(url)}
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}") from error
    match parsed["ENGINE"]:
        case "django.db.backends.sqlite3":
            return {**parsed, "OPTIONS": {**SQLITE_OPTIONS}}
        case "django.db.backends.postgresql":
            return parsed
    raise ImproperlyConfigured("DATABASE_URL must begin with sqlite:// or postgresql://.")


DATABASES = {"default": database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Between processes ---

REDIS_URL = text("REDIS_URL")


def channel_layer(url: str) -> dict[str, Any]:
    """Channels' settings for a Redis address, or for none. Raises ImproperlyConfigured for any other address."""
    if not url:
        return {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise ImproperlyConfigured("REDIS_URL must begin with redis://, rediss:// or unix://.")
    return {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [url]}}


CHANNEL_LAYERS = {"default": channel_layer(REDIS_URL)}

# --- Static files ---

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "courseapp.web.storage.ModuleStaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # nothing asks for the others, and they would be compressed as well

# --- Language ---

LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# --- Security ---

HTTPS = boolean("HTTPS", False)
"""Set where the site is reached over https only, through a proxy that sets X-Forwarded-Proto."""
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = integer("HSTS_SECONDS", 0, least=0, most=63_072_000)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "courseapp.web.errors.csrf_failed"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576  # bytes of one form; the largest thing sent is a 256 KiB message, escaped

# --- Log: to standard error, for whoever runs the process ---

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING"},
        "django.security": {"handlers": [], "level": "CRITICAL"},  # nor is a forged name or an enormous form
        "django.request": {"level": "ERROR"},  # a wrong address or a refused form is nothing to report
        "courseapp": {"level": "INFO"},
    },
}
