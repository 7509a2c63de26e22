"""One's own certificate by the link in its mail, where no login is needed."""

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _
from eventapp.core.web.audiences import public
from eventapp.training.certificates import files, printing, queries
from eventapp.training.certificates.links import code_of, holder_token, verify_link
from eventapp.training.certificates.own import name_page
from eventapp.training.certificates.rules import shown_code, state_of
from eventapp.training.certificates.verifying import TONES
from eventapp.training.models import CERTIFICATE_LABELS, Certificate, CertificateState

blueprint = Blueprint("certificate_holders", __name__)


def _by_token(token: str) -> Certificate:
    certificate = queries.by_code(code_of(token))
    if certificate is None:
        raise NotFoundError(token)
    return certificate


@blueprint.after_request
def keep_secret(response: Response) -> Response:
    """The address is the secret: it must not travel on as a referrer, nor be indexed."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("/certificate/<token:token>")
@public
def show(token: str) -> str:
    """One's own certificate: to take along, to show, to correct."""
    certificate = _by_token(token)
    state = state_of(certificate, now().date())
    return render_template(
        "training/certificates/holder.html",
        certificate=certificate,
        token=token,
        title=printing.title_of(certificate),
        facts=[*printing.facts_of(certificate), (_("Code"), shown_code(certificate.code))],
        state=state,
        tone=TONES[state],
        label=CERTIFICATE_LABELS[state],
        may_mend=state in (CertificateState.VALID, CertificateState.EXPIRED),
        verify=verify_link(certificate.code),
    )


@blueprint.get("/certificate/<token:token>/pdf")
@public
def pdf_by_link(token: str) -> Response:
    """The certificate on paper."""
    return files.pdf(_by_token(token), now().date())


@blueprint.get("/certificate/<token:token>/badge")
@public
def badge_by_link(token: str) -> Response:
    """The certificate as a badge."""
    return files.badge(_by_token(token))


@blueprint.route("/certificate/<token:token>/name", methods=["GET", "POST"])
@public
def name_by_link(token: str) -> ResponseReturnValue:
    """Corrects the spelling of one's name; the answer stands behind the new certificate's link."""
    holder = NamedActor(f"{_by_token(token).name} (by link)")
    back = url_for(".show", token=token)
    return name_page(lambda: _by_token(token), holder, lambda new: url_for(".show", token=holder_token(new.code)), back)
