"""What devices make and answer, checked by the library for W3C Web Authentication.

Imported with the first passkey: see `eventapp.accounts.service.passkeys`. What a device says wrongly is a ValueError.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

if TYPE_CHECKING:
    from eventapp.accounts.service.passkeys import Site

Answer = dict[str, Any]


def creation_options(site: "Site", user_name: str, display_name: str, handle: str, challenge: str, known: Sequence[bytes]) -> str:
    """What the browser needs to make a passkey, as JSON. `known` are the ids of those that the user has."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=base64url_to_bytes(handle),
        user_name=user_name,
        user_display_name=display_name,
        challenge=base64url_to_bytes(challenge),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return options_to_json(options)


def sign_in_options(site: "Site", challenge: str) -> str:
    """What the browser needs to sign in with any passkey of this site, as JSON."""
    options = generate_authentication_options(
        rp_id=site.host, challenge=base64url_to_bytes(challenge), user_verification=UserVerificationRequirement.REQUIRED
    )
    return options_to_json(options)


@contextmanager
def _as_value_error() -> Iterator[None]:
    try:
        yield
    except (WebAuthnException, TypeError, KeyError) as error:
        raise ValueError(str(error)) from error


def made(answer: Answer, site: "Site", challenge: str) -> VerifiedRegistration:
    """The new passkey that a device has made for this site after the challenge, its user verified."""
    with _as_value_error():
        return verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )


def credential_id(answer: Mapping[str, Any]) -> bytes:
    """Which passkey a device has answered with."""
    return base64url_to_bytes(str(answer.get("rawId") or ""))


def answered(answer: Answer, site: "Site", challenge: str, public_key: bytes, sign_count: int) -> tuple[int, str]:
    """The new count and the user handle of the passkey whose device has answered the challenge, its user verified."""
    with _as_value_error():
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
        return verified.new_sign_count, bytes_to_base64url(base64url_to_bytes(str(answer["response"].get("userHandle") or "")))
