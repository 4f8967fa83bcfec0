from django.apps import AppConfig
from django.core.signals import request_started
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate

from . import postgresql, sqlite


class StudioConfig(AppConfig):
    name = "studio"
    verbose_name = "Dailies"

    def ready(self) -> None:
        from .gallery import folding
        from .gallery.triggers import after_migrate, before_migrate

        connection_created.connect(postgresql.connected, dispatch_uid="postgresql")
        connection_created.connect(sqlite.connected, dispatch_uid="sqlite")
        request_started.connect(sqlite.reopen_if_replaced, dispatch_uid="sqlite")
        connection_created.connect(folding.connected, dispatch_uid="folding")
        pre_migrate.connect(before_migrate, sender=self, dispatch_uid="triggers")
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="triggers")
