"""The tabs over a company's own pages."""

from flask import url_for

from eventapp.core.i18n import _l
from eventapp.core.web.audiences import may_open
from eventapp.partners.audiences import viewer

TABS = (
    ("overview", _l("Overview"), "company.index"),
    ("out_of_step", _l("Out of step"), "company_out_of_step.index"),
    ("people", _l("People"), "company_people.index"),
    ("registrations", _l("Registrations"), "company_registrations.index"),
    ("invitations", _l("Invitations"), "company_invitations.index"),
    ("certificates", _l("Certificates"), "company_certificates.index"),
    ("blocks", _l("Seat blocks"), "company_blocks.index"),
    ("plans", _l("Joint plans"), "plans.index"),
    ("programme", _l("Programme"), "company_programme.index"),
    ("requests", _l("Requests"), "company_requests.index"),
    ("profile", _l("Profile"), "company_profile.show"),
    ("log", _l("Log"), "company_log.index"),
)


def company_tabs(active: str) -> list[tuple[str, str, bool]]:
    """Label, address and whether it is the open one, of the pages that the visitor may open; no tabs for a single one."""
    found = [(str(label), url_for(endpoint), key == active) for key, label, endpoint in TABS if may_open(endpoint)]
    return found if len(found) > 1 else []


def company_name() -> str:
    """The name of the company acted for, over the tabs; nothing where the choice of the company names it already."""
    seat = viewer().seat
    return seat.company_name if seat and len(viewer().seats) == 1 else ""
