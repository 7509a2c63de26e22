"""The tabs of an event in the organizer's pages."""

from typing import Any

from flask import url_for

from eventapp.core.i18n import _
from eventapp.core.web.audiences import may_open
from eventapp.events.models import Event, EventKind


def event_tabs(event: Event, active: str) -> list[tuple[str, str, bool]]:
    """Label, address, and whether it is the open one; only those that are open to the visitor."""
    slug = {"slug": event.slug}
    tabs: list[tuple[str, str, str, dict[str, Any]]] = [
        ("event", _("Overview"), "overview_admin.event", slug),
        *([("run", _("Run"), "teaching.of_event", slug)] if event.kind is EventKind.RUN else []),
        ("registrations", _("Registrations"), "registrations_admin.index", slug),
        ("waiting", _("Waiting list"), "waiting_admin.index", slug),
        ("form", _("Form"), "questions_admin.index", slug),
        ("agenda", _("Agenda"), "agenda_admin.index", slug),
        ("admission", _("Admission"), "admission_admin.index", slug),
        ("invitations", _("Invitations"), "event_invitations_admin.index", slug),
        ("quotas", _("Company places"), "lifecycle_admin.quotas", slug),
        ("blocks", _("Seat blocks"), "blocks_admin.index", slug),
        ("groups", _("Groups"), "groups_admin.index", slug),
        ("staff", _("Helpers"), "event_staff_admin.index", slug),
        ("messages", _("Messages"), "messages_admin.index", slug),
        ("mail", _("Mail"), "mail_admin.index", {"about": f"event:{event.id}"}),
        ("edit", _("Edit"), "lifecycle_admin.edit", slug),
    ]
    return [(label, url_for(endpoint, **values), key == active) for key, label, endpoint, values in tabs if may_open(endpoint)]
