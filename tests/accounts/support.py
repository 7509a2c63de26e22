"""Links out of mails, codes of an app, and a device that keeps a passkey."""

import hashlib
import json
import re
import secrets
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import cbor2
import html5lib
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.browsing import mails
from tests.support.pages import PageClient, fields

PASSWORD = "correct horse battery"
ORIGIN = "http://events.test"


def link_in(kind: str, to: str | None = None, n: int = 0) -> str:
    """The path of the `n`-th link in the newest mail of that kind."""
    mail = mails(kind, to)[-1]
    found = re.findall(r"http://events\.test(/\S+)", mail.text)
    assert urlsplit(found[n]).netloc == ""
    return str(found[n])


def log_in(client: PageClient, email: str, password: str = PASSWORD, next_page: str = "") -> TestResponse:
    data = fields(client.get("/login").text, "/login")
    return client.post("/login", data={**data, "email": email, "password": password, "next": next_page})


def is_in(client: PageClient) -> bool:
    """Whether the browser is signed in."""
    return client.get("/account/").status_code == 200


def options_on(page: str) -> dict[str, Any]:
    """What the page gives the browser for a passkey."""
    document = html5lib.parse(page, namespaceHTMLElements=False)
    for form in document.iter("form"):
        if form.get("data-options"):
            found: dict[str, Any] = json.loads(form.get("data-options") or "")
            return found
    raise AssertionError("the page offers no passkey")


def passkey_form(page: str) -> dict[str, str]:
    """The hidden fields of the page's form for a passkey."""
    document = html5lib.parse(page, namespaceHTMLElements=False)
    form = next(f for f in document.iter("form") if f.get("data-options"))
    return {str(e.get("name")): e.get("value") or "" for e in form.iter("input") if e.get("type") != "submit"}


def at_once(app: Flask, count: int, one: Callable[[int], Any]) -> list[Any]:
    """The results of `count` calls at the same moment, each in a thread of its own."""
    results: list[Any] = []
    barrier = threading.Barrier(count)

    def run(n: int) -> None:
        barrier.wait()
        results.append(one(n))

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Device:
    """An authenticator in a few lines: one passkey, with a counter, that says it has verified its user."""

    def __init__(self, *, origin: str = ORIGIN, verifies: bool = True) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.origin, self.verifies, self.counter = origin, verifies, 0
        self.handle = ""

    def create(self, options: dict[str, Any]) -> str:
        """The answer to a request for a new passkey."""
        self.handle = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        attested = b"\0" * 16 + len(self.id).to_bytes(2, "big") + self.id + public
        data = self._data(options["rp"]["id"], 0x40) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"])
        response = {"clientDataJSON": _text(client), "attestationObject": _text(attestation), "transports": ["internal"]}
        return self._answer(response)

    def get(self, options: dict[str, Any]) -> str:
        """The answer to a request to sign in."""
        self.counter += 1
        data = self._data(options["rpId"], 0)
        client = self._client("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": _text(client),
            "authenticatorData": _text(data),
            "signature": _text(signature),
            "userHandle": self.handle,
        }
        return self._answer(response)

    def _data(self, host: str, flags: int) -> bytes:
        flags |= 0x01 | (0x04 if self.verifies else 0)
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        return json.dumps({"id": _text(self.id), "rawId": _text(self.id), "type": "public-key", "response": response})


def add_passkey(client: PageClient, device: Device, name: str = "My phone") -> TestResponse:
    """Makes a passkey on the page of passkeys."""
    page = client.get("/account/passkeys").text
    data = {**passkey_form(page), "name": name, "answer": device.create(options_on(page))}
    return client.post("/account/passkeys", data=data)


def enter_by_passkey(client: PageClient, device: Device, url: str = "/login") -> TestResponse:
    """Signs in with the passkey of the device, from the page `url`."""
    page = client.get(url).text
    return client.post("/login/passkey", data={**passkey_form(page), "answer": device.get(options_on(page))})
