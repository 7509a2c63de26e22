"""Signing badges: JWS in compact form (RFC 7515) with ES256 (RFC 7518, 3.4), by the key of the installation.

The key is made of `EVENTAPP_SECRET_KEY`, for this purpose alone, and kept nowhere: as with everything that `core/crypto.py`
encrypts, a copy of the database signs nothing. Under another secret key it is another key; badges that were downloaded before
can then no longer be verified by themselves, only by their page, and are downloaded anew.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import current_app

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

ALGORITHM = "ES256"
_BYTES = 32
# The order of the group of P-256: keys are numbers from 1 to one less.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def encoded(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@lru_cache(maxsize=4)
def _key(secret: str) -> "EllipticCurvePrivateKey":
    # 7 MB for every worker and command, of which few ever sign a badge.
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
    from cryptography.hazmat.primitives.hashes import SHA256  # needed with it
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # needed with it

    # 16 bytes more than the order has, so that no number is likelier than another (FIPS 186-5, A.2.1).
    derived = HKDF(algorithm=SHA256(), length=_BYTES + 16, salt=None, info=b"eventapp badges").derive(secret.encode())
    return derive_private_key(int.from_bytes(derived) % (_ORDER - 1) + 1, SECP256R1())


def _own_key() -> "EllipticCurvePrivateKey":
    return _key(str(current_app.config["SECRET_KEY"]))


def public_key() -> dict[str, str]:
    """The public key as a JSON Web Key (RFC 7517); its id is its thumbprint (RFC 7638)."""
    numbers = _own_key().public_key().public_numbers()
    x, y = (encoded(number.to_bytes(_BYTES)) for number in (numbers.x, numbers.y))
    needed = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
    thumbprint = encoded(hashlib.sha256(json.dumps(needed, sort_keys=True, separators=(",", ":")).encode()).digest())
    return {**needed, "kid": thumbprint, "alg": ALGORITHM, "use": "sig"}


def sign(payload: Mapping[str, Any], key_url: str) -> str:
    """The payload, signed, the same each time (RFC 6979). `key_url` is where verifiers get the public key."""
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # needed with the key
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature  # needed with the key
    from cryptography.hazmat.primitives.hashes import SHA256  # needed with the key

    header = {"alg": ALGORITHM, "kid": key_url, "typ": "JWT"}
    signed = f"{encoded(_json(header))}.{encoded(_json(payload))}"
    r, s = decode_dss_signature(_own_key().sign(signed.encode(), ECDSA(SHA256(), deterministic_signing=True)))
    return f"{signed}.{encoded(r.to_bytes(_BYTES) + s.to_bytes(_BYTES))}"
