"""What the log calls acts on certificates."""

from collections.abc import Collection, Mapping

from flask import url_for
from sqlalchemy import select

from eventapp.audit.words import Thing, declare_acts, declare_fields, declare_kind
from eventapp.core.db import db
from eventapp.core.i18n import _l
from eventapp.core.web.audiences import may_open
from eventapp.training.certificates.rules import shown_code
from eventapp.training.models import Certificate

declare_acts(
    "certificates",
    _l("Certificates"),
    {
        "issue": _l("Issued a certificate"),
        "issue_by_hand": _l("Issued a certificate by hand"),
        "revoke": _l("Revoked a certificate"),
        "restore": _l("Took the revoking of a certificate back"),
        "replace": _l("Replaced a certificate"),
        "resend": _l("Sent a certificate again"),
        "download": _l("Downloaded certificates"),
        "export": _l("Downloaded the list of certificates"),
    },
)
declare_fields(
    printed=_l("Name as printed"),
    of=_l("Course or credential"),
    completed_on=_l("Completed"),
    expires_on=_l("Valid until"),
    by_hand=_l("By hand"),
    certificates=_l("Certificates"),
)


def _certificates(ids: Collection[int]) -> Mapping[int, Thing]:
    may = may_open("certificates_admin.show")
    query = select(Certificate.id, Certificate.name, Certificate.code).where(Certificate.id.in_(ids))
    return {
        id_: Thing(f"{name}, {shown_code(code)}", url_for("certificates_admin.show", certificate_id=id_) if may else "")
        for id_, name, code in db.session.execute(query)
    }


declare_kind("certificate", _l("Certificate"), _certificates)
