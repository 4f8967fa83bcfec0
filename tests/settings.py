"""The studio's settings, cut off from whatever environment and `.env` file the tests are run in."""

import os
import tempfile

for name in list(os.environ):
    if name.startswith(("LTX2_", "STUDIO_")) or name == "DATABASE_URL":
        del os.environ[name]
os.environ["STUDIO_ENV_FILE"] = os.devnull
os.environ["TZ"] = "UTC"  # many tests name hours
os.environ["STUDIO_DATA_DIR"] = tempfile.mkdtemp(prefix="dailies-tests-")

from studio.settings import *  # noqa: E402, F403 - the environment has to be cleaned first

# Threads and a second process see one database: a file, as in real life, but not kept from a power cut.
DATABASES["default"]["TEST"] = {"NAME": STUDIO_DATA_DIR / "tests.sqlite3"}  # noqa: F405
DATABASES["default"]["OPTIONS"] = {  # noqa: F405
    **SQLITE_OPTIONS,  # noqa: F405
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF",
}

STATIC_ROOT = STUDIO_DATA_DIR / "static"  # noqa: F405 - a studio that starts meanwhile rewrites the real one
STORAGES = {
    "default": STORAGES["default"],  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
