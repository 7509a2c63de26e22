"""The tabs of an event in the organizer's pages."""

from flask import url_for

from eventapp.core.i18n import _
from eventapp.events.models import Event


def event_tabs(event: Event, active: str) -> list[tuple[str, str, bool]]:
    """Label, address, and whether it is the open one."""
    tabs = [
        ("event", _("Overview"), url_for("overview_admin.event", slug=event.slug)),
        ("registrations", _("Registrations"), url_for("registrations_admin.index", slug=event.slug)),
        ("quotas", _("Company places"), url_for("lifecycle_admin.quotas", slug=event.slug)),
        ("mail", _("Mail"), url_for("mail_admin.index", about=f"event:{event.id}")),
        ("edit", _("Edit"), url_for("lifecycle_admin.edit", slug=event.slug)),
    ]
    return [(label, url, key == active) for key, label, url in tabs]
