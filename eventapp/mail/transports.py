"""Ways out for a message: a mail server, or files where none is set."""

import smtplib
import socket
import ssl
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from eventapp.core.i18n import _

TIMEOUT_SECONDS = 20


class RefusedError(Exception):
    """This mail was refused; `final` if trying again is pointless. Others may still go."""

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.final = final


class DownError(Exception):
    """The server cannot be reached or does not let us in: nothing will go for a while."""


class Transport(Protocol):
    """Hands over one message after the other."""

    def send(self, message: EmailMessage, recipient: str, number: int, at: datetime) -> None:
        """Hands the message over. Raises `RefusedError` or `DownError`."""

    def close(self) -> None:
        """Ends the connection."""


class FileTransport:
    """Writes messages as .eml files, which mail programs open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: EmailMessage, recipient: str, number: int, at: datetime) -> None:  # noqa: ARG002
        """Writes the file under another name first, so that nobody reads half of it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / f"{at:%Y-%m-%dT%H%M%SZ}-{number}.eml"
            half = path.with_suffix(".half")
            half.write_bytes(message.as_bytes())
            half.replace(path)
        except OSError as error:
            raise DownError(f"cannot write to {self.folder}: {error.strerror}") from error

    def close(self) -> None:
        """Nothing to end."""


class SmtpTransport:
    """One connection to the mail server, for as many messages as there are."""

    def __init__(self, url: str, own_host: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self.parts = urlsplit(url)
        self.own_host = own_host
        self.timeout = timeout
        self._server: smtplib.SMTP | None = None

    def send(self, message: EmailMessage, recipient: str, number: int, at: datetime) -> None:  # noqa: ARG002
        """Sends over the open connection; one that has gone stale is opened anew once."""
        fresh = self._server is None
        try:
            self._send(message, recipient)
        except DownError:
            self.close()
            if fresh:
                raise
            self._send(message, recipient)

    def _send(self, message: EmailMessage, recipient: str) -> None:
        server = self._connected()
        sender = message["From"].addresses[0].addr_spec
        try:
            server.send_message(message, sender, [recipient])
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise RefusedError(_recipient_refused(code, text), final=500 <= code < 600) from error
        except smtplib.SMTPDataError as error:
            reason = _("The mail server refused this mail (%(answer)s)", answer=_answer(error.smtp_code, error.smtp_error))
            raise RefusedError(reason, final=500 <= error.smtp_code < 600) from error
        except smtplib.SMTPSenderRefused as error:
            # The sender is the same for every mail: a matter of settings, which people can mend.
            answer = _answer(error.smtp_code, error.smtp_error)
            reason = _("The mail server refused the sender %(address)s (%(answer)s)", address=sender, answer=answer)
            raise RefusedError(reason, final=False) from error
        except smtplib.SMTPNotSupportedError as error:
            raise RefusedError(str(error), final=True) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise DownError(self._why_down(error)) from error

    def _connected(self) -> smtplib.SMTP:
        if self._server is not None:
            return self._server
        try:
            self._server = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            raise DownError(self._why_down(error)) from error
        return self._server

    @property
    def _port(self) -> int:
        if self.parts.port:
            return self.parts.port
        return 465 if self.parts.scheme == "smtps" else 587 if self.parts.username else 25

    def _why_down(self, error: Exception) -> str:
        """What is wrong in words, for whoever has to mend it, and the library's own words behind them."""
        host = self.parts.hostname or ""
        server, original = f"{host}:{self._port}", str(error) or type(error).__name__
        # smtplib tells of a server that stopped answering as of one that hung up.
        cause = error.__context__ if isinstance(error, smtplib.SMTPServerDisconnected) and error.__context__ else error
        if isinstance(error, smtplib.SMTPAuthenticationError):
            answer = _answer(error.smtp_code, error.smtp_error)
            return _("The mail server at %(server)s refused the login (%(error)s)", server=server, error=answer)
        if isinstance(cause, ConnectionRefusedError):
            return _("The mail server at %(server)s refused the connection (%(error)s)", server=server, error=original)
        if isinstance(cause, socket.gaierror):
            return _("The name of the mail server, %(host)s, is not known (%(error)s)", host=host, error=original)
        if isinstance(cause, TimeoutError):
            return _("The mail server at %(server)s did not answer in time (%(error)s)", server=server, error=original)
        if isinstance(cause, ssl.SSLError):
            return _("No secure connection to the mail server at %(server)s (%(error)s)", server=server, error=original)
        if isinstance(error, smtplib.SMTPServerDisconnected):
            return _("The mail server at %(server)s hung up (%(error)s)", server=server, error=original)
        return _("The mail server at %(server)s cannot be used (%(error)s)", server=server, error=original)

    def _connect(self) -> smtplib.SMTP:
        host, user = self.parts.hostname or "", unquote(self.parts.username or "")
        context = ssl.create_default_context()
        if self.parts.scheme == "smtps":
            secure = smtplib.SMTP_SSL(host, self._port, local_hostname=self.own_host, timeout=self.timeout, context=context)
            return self._logged_in(secure, user)
        server = smtplib.SMTP(host, self._port, local_hostname=self.own_host, timeout=self.timeout)
        server.ehlo()
        if server.has_extn("starttls"):
            if not user:
                # A relay in the own house with a certificate of its own; no password is at stake.
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            server.starttls(context=context)
            server.ehlo()
        return self._logged_in(server, user)

    def _logged_in(self, server: smtplib.SMTP, user: str) -> smtplib.SMTP:
        if user:
            server.login(user, unquote(self.parts.password or ""))
        return server

    def close(self) -> None:
        """Ends the connection, if there is one."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()


def _recipient_refused(code: int, text: bytes | str) -> str:
    return _("The mail server refused the recipient (%(answer)s)", answer=_answer(code, text))


def _answer(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
