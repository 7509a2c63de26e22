"""A small OpenID Connect provider in a process of its own, for tests. `python oidc_provider.py` prints its port.

What it says is set by `POST /control` with JSON: claims, and what is to be wrong. It keeps the rules that a real one
keeps: a code works once, for the redirect URI and the PKCE challenge that it was made for, for a client that knows its
secret.
"""

import base64
import hashlib
import json
import secrets
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jws, jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT_ID, CLIENT_SECRET = "eventapp", "s3cret of the client"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
STATE: dict[str, Any] = {"claims": {}, "wrong": "", "codes": {}, "asked": []}


class Handler(BaseHTTPRequestHandler):
    """Discovery, authorization, token, keys, userinfo and the control of the tests."""

    protocol_version = "HTTP/1.1"

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def log_message(self, *_args: Any) -> None:
        pass

    def answer(self, data: Any, status: int = 200, location: str = "") -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        wrong = STATE["wrong"]
        if parts.path != "/asked":
            STATE["asked"].append(parts.path)
        if parts.path == "/.well-known/openid-configuration":
            self.discovery(wrong)
        elif parts.path == "/authorize":
            self.authorize({k: v[0] for k, v in parse_qs(parts.query).items()})
        elif parts.path == "/keys":
            key = KEY.as_dict(private=False)
            self.answer({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "old"}, key]})
        elif parts.path == "/userinfo":
            found = STATE.get("userinfo") or {}
            self.answer({"sub": STATE["claims"].get("sub"), **found})
        elif parts.path == "/asked":
            self.answer(STATE["asked"])
        else:
            self.answer({}, 404)

    def discovery(self, wrong: str) -> None:
        if wrong == "slow":
            time.sleep(30)
        if wrong == "down":
            return self.answer({}, 503)
        if wrong == "large":
            return self.answer({"issuer": self.issuer, "x": "y" * 400_000})
        if wrong == "redirect":
            return self.answer({}, 302, f"{self.issuer}/elsewhere")
        if wrong == "deep":
            body = b"[" * 100_000
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return None
        if wrong == "drip":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _n in range(60):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.5)
            return None
        issuer = f"{self.issuer}/" if wrong == "discovery issuer" else self.issuer
        found = {
            "issuer": issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
        }
        if wrong == "endpoint":
            found["authorization_endpoint"] = "javascript:alert(1)"
        return self.answer(found)

    def authorize(self, asked: dict[str, str]) -> None:
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        STATE["codes"][code] = asked
        back = {"code": code, "state": asked["state"]}
        if STATE["wrong"] == "denied":
            back = {"error": "access_denied", "state": asked["state"]}
        if STATE["wrong"] == "mixed up":
            back["iss"] = "https://other.example"
        self.answer({}, 302, f"{asked['redirect_uri']}?{urlencode(back)}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/control":
            STATE.update(json.loads(body))
            self.answer({})
        elif self.path == "/token":
            STATE["asked"].append(self.path)
            self.token({k: v[0] for k, v in parse_qs(body).items()})
        else:
            self.answer({}, 404)

    def token(self, sent: dict[str, str]) -> None:
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        asked = STATE["codes"].pop(sent.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(sent.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if STATE["wrong"] == "token down":
            return self.answer({}, 502)
        if self.headers.get("Authorization") != f"Basic {basic}":
            return self.answer({"error": "invalid_client"}, 401)
        if asked is None or asked["redirect_uri"] != sent.get("redirect_uri") or asked["code_challenge"] != challenge:
            return self.answer({"error": "invalid_grant"}, 400)
        return self.answer(
            {"access_token": "a" * 20, "token_type": "Bearer", "expires_in": 60, "id_token": self.id_token(asked["nonce"])}
        )

    def id_token(self, nonce: str) -> str:
        at, wrong = int(time.time()) + int(STATE.get("shift", 0)), STATE["wrong"]
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": at, "exp": at + 300, "nonce": nonce, **STATE["claims"]}
        if wrong == "nonce":
            claims["nonce"] = "another"
        if wrong == "no nonce":
            del claims["nonce"]
        if wrong == "issuer":
            claims["iss"] = "https://other.example"
        if wrong == "audience":
            claims["aud"] = "another"
        if wrong == "azp":
            claims.update(aud=[CLIENT_ID, "another"], azp="another")
        if wrong == "no azp":
            claims["aud"] = [CLIENT_ID, "another"]
        if wrong == "expired":
            claims["exp"] = at - 120
        if wrong == "no expiry":
            del claims["exp"]
        if wrong == "future":
            claims["iat"] = at + 3600
        if wrong == "no subject":
            del claims["sub"]
        if wrong == "at_hash":
            claims["at_hash"] = "x" * 22
        if wrong == "none":
            parts = [json.dumps({"alg": "none"}), json.dumps(claims)]
            return ".".join(base64.urlsafe_b64encode(p.encode()).decode().rstrip("=") for p in parts) + "."
        if wrong == "public key as secret":
            secret = OctKey.import_key(KEY.as_pem(private=False))
            return jws.serialize_compact({"alg": "HS256", "kid": "one"}, json.dumps(claims), secret, algorithms=["HS256"])
        key = OTHER_KEY if wrong == "signature" else KEY
        header = {"alg": "RS256", "kid": "nobody's" if wrong == "kid" else "one"}
        return jwt.encode(header, claims, key)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Whoever asked has hung up; that is what some tests are about.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def server_bind(self) -> None:
        # Without asking the name service who we are.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]


def main() -> None:
    server = Server(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    # When the test process goes away, so does this one.
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
