from django.core.management.base import CommandError


def refuse_no_port(port: int) -> None:
    """Name resolution takes a number that is too large for another one, and would listen there."""
    if not 0 <= port <= 65535:
        raise CommandError(f"--port {port} is no port: choose one from 1 to 65535, or 0 for any that is free.")
