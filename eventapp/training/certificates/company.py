"""A company's page of the certificates that its people hold. Who leaves takes theirs along."""

from flask import Blueprint, render_template, request, url_for

from eventapp.core.clock import now
from eventapp.partners.audiences import company_reader, viewer
from eventapp.partners.company.subnav import company_name, company_tabs
from eventapp.training.certificates import listing
from eventapp.training.certificates.verifying import TONES
from eventapp.training.models import CERTIFICATE_LABELS

blueprint = Blueprint("company_certificates", __name__)


@blueprint.get("/company/certificates")
@company_reader
def index() -> str:
    """The certificates of the company's people."""
    return render_template(
        "training/certificates/company.html",
        listing=listing.company_page(viewer(), url_for(".index"), request.args, now().date()),
        state_tones=TONES,
        labels=CERTIFICATE_LABELS,
        subnav=company_tabs("certificates"),
        subnav_title=company_name(),
    )
