"""The public page that says whether a certificate is real.

Whoever has a code may see what stands on the certificate, and nothing more: no company, no address, no other certificate. A
code that nobody has is answered alike whatever it looks like. Codes have 60 random bits; typing them is throttled.
"""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from eventapp.accounts.throttling import count_try
from eventapp.core.clock import now
from eventapp.core.web.audiences import public
from eventapp.training.certificates import printing, queries
from eventapp.training.certificates.forms import VerifyForm
from eventapp.training.certificates.rules import normal_code, shown_code, state_of
from eventapp.training.models import CERTIFICATE_LABELS, CertificateState

blueprint = Blueprint("verifying", __name__)
TONES = {
    CertificateState.VALID: "ok",
    CertificateState.EXPIRED: "off",
    CertificateState.REVOKED: "bad",
    CertificateState.REPLACED: "warn",
}


@blueprint.after_request
def keep_out(response: Response) -> Response:
    """Names of people are for who was given their code, not for search engines or the next page."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("/verify/", methods=["GET", "POST"])
@public
def index() -> ResponseReturnValue:
    """Where a code is typed. The script-less form leads to the certificate's own address."""
    form = VerifyForm()
    if form.validate_on_submit():
        count_try("verify", None)
        code = normal_code(form.code.data or "")
        return redirect(url_for(".show", code_token=code)) if code else _unknown(form)
    page = render_template("training/certificates/verify.html", form=form, unknown=False, has_errors=form.refused)
    return page, 422 if request.method == "POST" else 200


def _unknown(form: VerifyForm) -> ResponseReturnValue:
    return render_template("training/certificates/verify.html", form=form, unknown=True, has_errors=True), 404


@blueprint.get("/verify/<token:code_token>")
@public
def show(code_token: str) -> ResponseReturnValue:
    """Whether the certificate of that code is valid, and whose it is."""
    # Looked up whatever it looks like: the answer takes as long for what could be a code as for what could not.
    certificate = queries.by_code(normal_code(code_token))
    if certificate is None:
        return _unknown(VerifyForm(formdata=None))
    state = state_of(certificate, now().date())
    return render_template(
        "training/certificates/verified.html",
        certificate=certificate,
        state=state,
        tone=TONES[state],
        label=CERTIFICATE_LABELS[state],
        title=printing.title_of(certificate),
        version=printing.code_and_version(certificate),
        code=shown_code(certificate.code),
    )
