"""What a company is invited to, for its admins."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from eventapp.core.clock import now
from eventapp.partners.audiences import company_admin, viewer
from eventapp.partners.company.queries import called_otherwise
from eventapp.partners.company.subnav import company_name, company_tabs
from eventapp.registrations.invitations import queries
from eventapp.registrations.invitations.rules import admits

blueprint = Blueprint("company_invitations", __name__)


@blueprint.get("/company/invitations/")
@company_admin
def index() -> ResponseReturnValue:
    """Invitations of the company and of its people, for events to come."""
    at = now()
    found = queries.of_company(viewer(), at)
    return render_template(
        "registrations/invitations/company.html",
        found=found,
        called=called_otherwise(viewer()),
        usable={one.id for one in found if one.of_company and admits(one, at)},
        subnav=company_tabs("invitations"),
        subnav_title=company_name(),
    )
