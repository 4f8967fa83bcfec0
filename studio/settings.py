"""Settings of the studio, and the only reader of the environment.

Every variable is described in the README. A wrong value raises ImproperlyConfigured with one line that names it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

from .values import are_hosts, is_api_base, is_database, is_plain

BASE_DIR = Path(__file__).resolve().parent.parent
ENV_FILE = Path(os.environ.get("STUDIO_ENV_FILE") or BASE_DIR / ".env")

env = Env()
try:
    if ENV_FILE.is_file():
        env.read_env(str(ENV_FILE), recurse=False)
except (OSError, ValueError) as error:
    raise ImproperlyConfigured(f"{ENV_FILE} cannot be read ({error}).") from None


def read(variable: str, kind: Callable[..., Any], default: Any, valid: Callable[[Any], bool], wanted: str) -> Any:
    """The value of a variable, or its default where it is unset or empty."""
    if not env.str(variable, "").strip():  # the environment's, else the file's
        return default
    try:
        value = kind(variable)
    except EnvError:
        raise ImproperlyConfigured(f"{variable} must be {wanted}.") from None
    if not valid(value):
        raise ImproperlyConfigured(f"{variable} must be {wanted}.")
    return value


# The provider ---------------------------------------------------------------------------------------------------------

LTX2_API_KEY: str = read(
    "LTX2_API_KEY", env.str, "", lambda key: is_plain(key.strip()), "the key as the provider shows it, without spaces"
).strip()
LTX2_API_BASE: str = (
    read(
        "LTX2_API_BASE",
        env.str,
        "https://apiin.one/api/v1",
        lambda url: is_api_base(url.strip()),
        "an https:// address (http:// only on this machine: the key must not travel in the clear)",
    )
    .strip()
    .rstrip("/")
)
LTX2_POLL_SECONDS: float = read(
    "LTX2_POLL_SECONDS", env.float, 5.0, lambda n: 0.001 <= n <= 3600, "a number of seconds above 0"
)
LTX2_MAX_RUNNING: int = read(
    "LTX2_MAX_RUNNING", env.int, 10, lambda n: 1 <= n <= 100_000, "a whole number of 1 or more"
)
LTX2_REQUESTS_PER_SECOND: float = read(
    "LTX2_REQUESTS_PER_SECOND", env.float, 10.0, lambda n: n == 0 or 0.001 <= n <= 1e5, "a number, 0 for no bound"
)
STUDIO_CLAIM_SECONDS: float = read(
    "STUDIO_CLAIM_SECONDS", env.float, 90.0, lambda n: 1 <= n <= 86400, "seconds, from 1"
)
STUDIO_SANDBOX_PORT: int = read("STUDIO_SANDBOX_PORT", env.int, 8002, lambda n: 0 < n < 65536, "a port from 1 to 65535")

STUDIO_SANDBOX_PACE: float = read("STUDIO_SANDBOX_PACE", env.float, 1.0, lambda n: 0 < n <= 100, "above 0, at most 100")

SANDBOX = "sandbox"
SANDBOX_KEY = "aio_sandbox"
# A generation belongs to the provider it was asked of; what was made with the sandbox never goes to a paid API.
PROVIDER = LTX2_API_BASE if LTX2_API_KEY else SANDBOX
PROVIDER_BASE = LTX2_API_BASE if LTX2_API_KEY else f"http://127.0.0.1:{STUDIO_SANDBOX_PORT}/api/v1"
PROVIDER_KEY = LTX2_API_KEY or SANDBOX_KEY

# The data folder ------------------------------------------------------------------------------------------------------


def data_dir() -> Path:
    """The folder, made if it is not there."""
    named = read("STUDIO_DATA_DIR", env.str, "~/Dailies", bool, "a folder")
    try:
        folder = Path(named).expanduser().resolve()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ImproperlyConfigured(f"STUDIO_DATA_DIR: cannot use the folder {named} ({why}).") from None
    return folder


def secret_key() -> str:
    """Signs sessions; made at the first start, whole, by whichever process comes first, and kept in the data folder."""
    path = STUDIO_DATA_DIR / "secret_key"
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        if not path.exists():
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(64))
            with suppress(FileExistsError):
                os.link(draft, path)
            draft.unlink()
        key = path.read_text()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ImproperlyConfigured(f"STUDIO_DATA_DIR: cannot write to {STUDIO_DATA_DIR} ({why}).") from None
    if len(key) < 32:
        raise ImproperlyConfigured(f"STUDIO_DATA_DIR: {path} is broken. Delete it; everybody has to log in again.")
    return key


STUDIO_DATA_DIR = data_dir()
SECRET_KEY = secret_key()

# SQLite: writers queue up from their first statement instead of failing at the last; a committed task id outlives a
# power cut. WAL is switched on once, by `manage.py upgrade`.
SQLITE_OPTIONS = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA synchronous=FULL"}
DATABASES = {
    "default": read(
        "DATABASE_URL",
        env.dj_db_url,
        {"ENGINE": "django.db.backends.sqlite3", "NAME": STUDIO_DATA_DIR / "dailies.sqlite3"},
        is_database,
        "an address like postgres://user:password@host/name",
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
else:
    if not find_spec("psycopg"):
        raise ImproperlyConfigured("DATABASE_URL: PostgreSQL needs `.venv/bin/pip install -r requirements-scale.txt`.")
    # A process that is stopped inside a transaction must not keep its locks from all others.
    options = DATABASES["default"].setdefault("OPTIONS", {})
    options.setdefault("options", "-c idle_in_transaction_session_timeout=10s")
DATABASES["default"].update(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Who may come in ------------------------------------------------------------------------------------------------------

STUDIO_PASSWORD: str = read("STUDIO_PASSWORD", env.str, "", lambda word: len(word) >= 12, "12 characters or more")
STUDIO_HTTPS: bool = read("STUDIO_HTTPS", env.bool, False, lambda _: True, "1 or 0")
STUDIO_SECURE_PROXY: bool = read("STUDIO_SECURE_PROXY", env.bool, False, lambda _: True, "1 or 0")
ALLOWED_HOSTS: list[str] = read(
    "STUDIO_ALLOWED_HOSTS",
    env.list,
    ["127.0.0.1", "localhost", "[::1]"],
    lambda hosts: are_hosts(hosts, any_host=bool(STUDIO_PASSWORD)),
    "host names alone, with commas between (* only with STUDIO_PASSWORD)",
)
ALLOWED_HOSTS = [host.strip() for host in ALLOWED_HOSTS]

DEBUG = False
SESSION_COOKIE_NAME = "dailies_session"  # cookies ignore ports: keep clear of other programs on localhost
CSRF_COOKIE_NAME = "dailies_csrf"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = STUDIO_HTTPS
SECURE_HSTS_SECONDS = 31536000 if STUDIO_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = STUDIO_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if STUDIO_SECURE_PROXY else None
X_FRAME_OPTIONS = "DENY"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "studio"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # Pasted links and finished videos live on anybody's host.
        "media-src": [SELF, "blob:", "https:", "http:"],
        "img-src": [SELF, "blob:", "data:", "https:", "http:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# The Django project ---------------------------------------------------------------------------------------------------

ROOT_URLCONF = "studio.urls"
WSGI_APPLICATION = "studio.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "studio",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "studio.middleware.FreshPagesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "studio.middleware.LocalUserMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "studio.middleware.DoorMiddleware",
    "studio.middleware.BrowserTimezoneMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "static/"
STATIC_ROOT = STUDIO_DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "studio.logs.KeylessFormatter", "fmt": "{asctime} {levelname} {name}: {message}", "style": "{"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "studio": {"level": "INFO"},
        "waitress.queue": {"level": "ERROR"},  # a short queue is no news
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # anybody can send those; the page says what to do
    },
}
