"""The studio for any WSGI server: `studio.wsgi:application`."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from .base_path import below

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")

django = get_wsgi_application()  # before the settings are looked at
application = below(settings.STUDIO_BASE_PATH, django)
