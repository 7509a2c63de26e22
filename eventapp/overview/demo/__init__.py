"""The demo: a partner programme of invented companies and people, with the figures of a real one."""

from eventapp.overview.demo.loading import DemoError, demo_loaded, is_empty, load, refuse_in_production, strangers, wipe

__all__ = ["DemoError", "demo_loaded", "is_empty", "load", "refuse_in_production", "strangers", "wipe"]
