"""The studio's real settings, in a data folder of their own, with a key: then estimates ask the database too."""

from tests import settings as _cut_off  # noqa: F401 - first: takes the environment away and makes a data folder

# isort: split
from studio.settings import *  # noqa: F403
from studio.settings import LTX2_API_BASE, STUDIO_DATA_DIR

LTX2_API_KEY = PROVIDER_KEY = "aio_bench"  # nothing is sent: no worker runs beside these settings
PROVIDER = LTX2_API_BASE
STATIC_ROOT = STUDIO_DATA_DIR / "static"
ROOT_URLCONF = "tests.bench.bare"
