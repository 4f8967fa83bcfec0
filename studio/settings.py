"""Settings of the studio, and the only reader of the environment.

Every variable is described in the README. A wrong value raises ImproperlyConfigured with one line that names it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

from . import postgresql
from .datadir import data_dir, secret_key
from .logs import LOGGING as LOGGING
from .media.room import Reserve, parse_size
from .media.storage import media_store
from .privacy import close_to_others
from .values import (
    are_hosts,
    are_origins,
    is_api_base,
    is_base_path,
    is_database,
    is_plain,
    is_public_url,
    is_reserve,
    is_video_limit,
)
from .zones import machine_zone

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

STUDIO_LINKS_PORT: int = read("STUDIO_LINKS_PORT", env.int, 8001, lambda n: 0 < n < 65536, "a port from 1 to 65535")
STUDIO_PUBLIC_URL: str = (
    read("STUDIO_PUBLIC_URL", env.str, "", is_public_url, "the address of your tunnel or host, like https://a.example")
    .strip()
    .rstrip("/")
)

SANDBOX = "sandbox"
SANDBOX_KEY = "aio_sandbox"
# A generation belongs to the provider it was asked of; what was made with the sandbox never goes to a paid API.
PROVIDER = LTX2_API_BASE if LTX2_API_KEY else SANDBOX
PROVIDER_KEY = LTX2_API_KEY or SANDBOX_KEY

# The data folder ------------------------------------------------------------------------------------------------------


STUDIO_DATA_DIR = data_dir(read("STUDIO_DATA_DIR", env.str, "~/Dailies", bool, "a folder"))
SECRET_KEY = secret_key(STUDIO_DATA_DIR)

# What is kept of videos and files -------------------------------------------------------------------------------------

STUDIO_KEEP_VIDEOS: bool = read("STUDIO_KEEP_VIDEOS", env.bool, True, lambda _: True, "1 or 0")
STUDIO_TRASH_DAYS: int = read("STUDIO_TRASH_DAYS", env.int, 30, lambda n: 0 <= n <= 3650, "days, from 0 to 3650")
STUDIO_UPLOAD_DAYS: int = read("STUDIO_UPLOAD_DAYS", env.int, 30, lambda n: 1 <= n <= 3650, "days, from 1 to 3650")
STUDIO_DISK_RESERVE = Reserve(bytes=512_000_000, percent=Decimal(5))
if reserve := read("STUDIO_DISK_RESERVE", env.str, "", is_reserve, "a size like 512MB, or a share of the disk like 5%"):
    STUDIO_DISK_RESERVE = Reserve.parse(reserve)
STUDIO_VIDEO_LIMIT: int = parse_size(
    read("STUDIO_VIDEO_LIMIT", env.str, "2GB", is_video_limit, "a size like 2GB, of 1 kB or more")
)
STUDIO_S3_BUCKET: str = read("STUDIO_S3_BUCKET", env.str, "", is_plain, "the name of a bucket")
S3_ENDPOINT = read("STUDIO_S3_ENDPOINT", env.str, None, is_public_url, "the service's address, like https://s3.example")
S3_REGION = read("STUDIO_S3_REGION", env.str, None, is_plain, "the name of a region")
S3_ACCESS_KEY = read("STUDIO_S3_ACCESS_KEY", env.str, None, is_plain, "the access key's id")
S3_SECRET_KEY = read("STUDIO_S3_SECRET_KEY", env.str, None, is_plain, "the secret access key")

# The database ---------------------------------------------------------------------------------------------------------

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
    close_to_others(STUDIO_DATA_DIR, Path(DATABASES["default"]["NAME"]))
else:
    close_to_others(STUDIO_DATA_DIR, None)
    if not find_spec("psycopg"):
        raise ImproperlyConfigured("DATABASE_URL: PostgreSQL needs `.venv/bin/pip install -r requirements-scale.txt`.")
    DATABASES["default"]["OPTIONS"] = postgresql.options(DATABASES["default"].get("OPTIONS", {}))
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

# What a browser sees where a proxy is in front: the sites that it may take the studio for, and the path below which.
CSRF_TRUSTED_ORIGINS: list[str] = read(
    "STUDIO_TRUSTED_ORIGINS",
    env.list,
    [],
    are_origins,
    "addresses without a path, like https://studio.example:8443, with commas between",
)
CSRF_TRUSTED_ORIGINS = [origin.strip() for origin in CSRF_TRUSTED_ORIGINS]
STUDIO_BASE_PATH: str = read(
    "STUDIO_BASE_PATH", env.str, "", lambda path: is_base_path(path.strip()), "a path like /dailies"
)
STUDIO_BASE_PATH = STUDIO_BASE_PATH.strip().rstrip("/")
FORCE_SCRIPT_NAME = STUDIO_BASE_PATH or None

DEBUG = False
SESSION_COOKIE_NAME = "dailies_session"  # cookies ignore ports: keep clear of other programs on localhost
CSRF_COOKIE_NAME = "dailies_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "studio.error_pages.csrf_failure"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{STUDIO_BASE_PATH}/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = STUDIO_HTTPS
SECURE_HSTS_SECONDS = 31536000 if STUDIO_HTTPS else 0
# For this one host: in a home or an office the names below it are other people's machines, which may have no https, and
# a browser that has been told otherwise does not go back for a year. So Django is not asked for more, nor asks for it.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REDIRECT_EXEMPT = [rf"^{re.escape(f'{STUDIO_BASE_PATH}/'.lstrip('/'))}healthz$"]
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
    "studio.static_files.StaticFilesConfig",
    "django_htmx",
    "studio",
]
MIDDLEWARE = [
    "studio.middleware.ProxyMismatchMiddleware",  # before what redirects to https
    "django.middleware.security.SecurityMiddleware",
    "studio.middleware.CompressedPagesMiddleware",
    "studio.middleware.FreshPagesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "studio.middleware.OwnPagesMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
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
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request"],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["studio.template_loader.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
        },
    }
]
USE_TZ = True
TIME_ZONE = machine_zone()
USE_I18N = False
USE_THOUSAND_SEPARATOR = False

# No request is larger (`uploads.incoming.MOST_BODY`), so no file of a form is written down before it is looked at.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 8 << 20

STATIC_URL = f"{STUDIO_BASE_PATH}/static/"
STATIC_ROOT = STUDIO_DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ALLOW_ALL_ORIGINS = False
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700  # of files that are collected, too
STORAGES = {
    "default": media_store(
        STUDIO_DATA_DIR,
        STUDIO_S3_BUCKET,
        S3_ENDPOINT,
        region_name=S3_REGION,
        access_key=S3_ACCESS_KEY,
        secret_key=S3_SECRET_KEY,
    ),
    "staticfiles": {"BACKEND": "studio.static_files.StaticFiles"},
}
