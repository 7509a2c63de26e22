"""Certificates as Open Badges 3.0: credentials of the data model for Verifiable Credentials 2.0, signed as VC-JWT.

Whose badge it is stands in it as a hash of the address with the certificate's own salt (an IdentityObject), so who has the
badge learns no address from it, and who has badge and address can compare. Whether it was revoked is said by a list of its
own (1EdTechRevocationList), which tells of no other certificate.
"""

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import current_app

from eventapp.core.i18n import _
from eventapp.core.links import absolute
from eventapp.training.certificates import signing
from eventapp.training.certificates.links import verify_link
from eventapp.training.certificates.printing import code_and_version, credits_text, title_of
from eventapp.training.certificates.rules import shown_code
from eventapp.training.models import Certificate, CourseVersion, Credential

CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"


def issuer() -> dict[str, Any]:
    """Who issues: a Profile."""
    return {
        "id": absolute("badges.issuer"),
        "type": ["Profile"],
        "name": str(current_app.config["SETTINGS"].site_name),
        "url": absolute("verifying.index"),
    }


def profile() -> dict[str, Any]:
    """The issuer's document behind its id."""
    return {"@context": CONTEXTS, **issuer()}


def keys() -> dict[str, Any]:
    """The public keys (RFC 7517, 5)."""
    return {"keys": [signing.public_key()]}


def key_url() -> str:
    """Where the public key lies by itself."""
    return absolute("badges.key", kid=signing.public_key()["kid"])


def achievement_of_course(version: CourseVersion) -> dict[str, Any]:
    """What a version of a course stands for."""
    course = version.course
    asked = [_("%(percent)s %% of the time attended", percent=version.attendance_mark)]
    if version.pass_mark is not None:
        asked.append(_("an assessment passed with at least %(percent)s %%", percent=version.pass_mark))
    if version.exercise:
        asked.append(_("a practical exercise passed"))
    return {
        "id": absolute("badges.course", of_version=version.id),
        "type": ["Achievement"],
        "name": version.title,
        "description": version.summary or version.title,
        "achievementType": "Course",
        "humanCode": course.code,
        "version": str(version.number),
        "criteria": {"narrative": "; ".join(asked)},
    }


def achievement_of_credential(credential: Credential) -> dict[str, Any]:
    """What a credential stands for."""
    return {
        "id": absolute("badges.credential", of_credential=credential.id),
        "type": ["Achievement"],
        "name": credential.name,
        "description": credential.description or credential.name,
        "achievementType": "Certification",
        "humanCode": credential.code,
        "criteria": {"narrative": _("All courses of a curriculum that leads to it were completed.")},
    }


def identity(address: str, salt: str) -> dict[str, Any]:
    """Whose it is, without saying so."""
    digest = hashlib.sha256((address.lower() + salt).encode()).hexdigest()
    return {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": f"sha256${digest}",
        "identityType": "emailAddress",
        "salt": salt,
    }


def _first_moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def credential_of(certificate: Certificate, address: str) -> dict[str, Any]:
    """The credential without its signature. `address` is the person's, empty if there is none."""
    version, credential = certificate.course_version, certificate.credential
    achievement: dict[str, Any] = {}
    if version is not None:
        achievement = achievement_of_course(version)
    elif credential is not None:
        achievement = achievement_of_credential(credential)
    subject: dict[str, Any] = {"type": ["AchievementSubject"], "achievement": achievement}
    if address:
        subject["identifier"] = [identity(address, certificate.salt)]
    if certificate.half_credits:
        subject["creditsEarned"] = certificate.half_credits / 2
    made: dict[str, Any] = {
        "@context": CONTEXTS,
        "id": verify_link(certificate.code),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": title_of(certificate),
        "description": ", ".join(
            part
            for part in (
                code_and_version(certificate),
                credits_text(certificate.half_credits) if certificate.half_credits else "",
                _("certificate %(code)s", code=shown_code(certificate.code)),
            )
            if part
        ),
        "issuer": issuer(),
        "validFrom": _text(_first_moment(certificate.completed_on)),
        "awardedDate": _text(certificate.issued_at),
        "credentialSubject": subject,
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        "credentialStatus": {
            "id": absolute("badges.revocations", code_token=certificate.code),
            "type": "1EdTechRevocationList",
        },
    }
    if certificate.expires_on is not None:
        made["validUntil"] = _text(_first_moment(certificate.expires_on + timedelta(days=1)) - timedelta(seconds=1))
    return made


def signed(certificate: Certificate, address: str) -> str:
    """The credential as VC-JWT: its members are the payload, with the registered claims beside them (Open Badges 3.0, 8.2)."""
    made = credential_of(certificate, address)
    claims: dict[str, Any] = {"iss": made["issuer"]["id"], "jti": made["id"], "nbf": _seconds(made["validFrom"])}
    if "validUntil" in made:
        claims["exp"] = _seconds(made["validUntil"])
    return signing.sign({**made, **claims}, key_url())


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def revocations(certificate: Certificate) -> dict[str, Any]:
    """The list that says whether this one badge was revoked or replaced."""
    gone = certificate.revoked_at is not None or certificate.replaced_by_id is not None
    reason = _("replaced") if certificate.replaced_by_id is not None and certificate.revoked_at is None else _("revoked")
    entry = {"id": verify_link(certificate.code), "revoked": True, "revocationReason": reason}
    return {
        "id": absolute("badges.revocations", code_token=certificate.code),
        "issuer": absolute("badges.issuer"),
        "revokedCredential": [entry] if gone else [],
    }
