"""eventapp: partner events for a vendor's partner organisation."""

from eventapp.app import create_app

__all__ = ["create_app"]
