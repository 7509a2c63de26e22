"""The address behind which somebody has their own certificate, without a login.

Its proof is made of the installation's secret and the code, and kept nowhere: the code alone, which anybody may be shown,
opens nothing but the public page.
"""

import base64
import hmac

from flask import current_app

from eventapp.core.links import absolute
from eventapp.training.certificates.rules import CODE_LENGTH, normal_code
from eventapp.training.models import Certificate

_BYTES = 18


def holder_token(code: str) -> str:
    """The secret of the certificate's own page."""
    made = hmac.digest(str(current_app.config["SECRET_KEY"]).encode(), f"eventapp certificate {code}".encode(), "sha256")
    return f"{code}.{base64.urlsafe_b64encode(made[:_BYTES]).decode()}"


def code_of(token: str) -> str:
    """The code that a secret proves; empty if it proves none."""
    code = normal_code(token[:CODE_LENGTH])
    return code if hmac.compare_digest(holder_token(code).encode(), token.encode()) else ""


def holder_link(certificate: Certificate) -> str:
    """The full address of the certificate's own page, for mails to the person."""
    return absolute("certificate_holders.show", token=holder_token(certificate.code))


def verify_link(code: str) -> str:
    """The full address of the public page, for the QR code."""
    return absolute("verifying.show", code_token=code)
