"""Too many tries: counting them, the answer, and answers that take the same time whoever asks."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import request

from eventapp.accounts import service
from eventapp.accounts.rules import (
    MAILS_PER_ADDRESS,
    MAILS_PER_NETWORK,
    SIGN_INS_PER_ACCOUNT,
    TRIES_PER_ACCOUNT,
    TRIES_PER_NETWORK,
    network_of,
)
from eventapp.core.clock import now
from eventapp.core.i18n import _, ngettext
from eventapp.core.saving import saving
from eventapp.core.web.errors import RefusedPage

SIGN_IN = "sign-in"

log = structlog.get_logger()

# Answers that may or may not write a mail take this long in any case, so that writing it does not show.
ANSWER_SECONDS = 0.3


class TooManyTries(RefusedPage):
    """429, with the time to wait in words and as Retry-After in seconds."""

    def __init__(self, wait: timedelta) -> None:
        self.seconds = max(1, math.ceil(wait.total_seconds()))
        minutes = math.ceil(self.seconds / 60)
        text = ngettext("Try again in %(num)d minute.", "Try again in %(num)d minutes.", minutes)
        super().__init__(429, f"{_('There were too many tries.')} {text}")

    def get_headers(self, *args: Any, **kwargs: Any) -> list[tuple[str, str]]:
        """The headers, with Retry-After."""
        return [*super().get_headers(*args, **kwargs), ("Retry-After", str(self.seconds))]


def visitors_network() -> str:
    """The network that this request comes from, as tries are counted."""
    return network_of(request.remote_addr)


def count_try(kind: str, account: str | None) -> datetime:
    """Counts a try to prove who one is, for the account if one was named and for the network; commits. Gives its moment.

    Raises `TooManyTries`. It is counted before anything is looked at: parallel guesses cannot slip past, and no
    transaction is open while something slow is compared.
    """
    return _count(kind, {account: TRIES_PER_ACCOUNT} if account else {})


def count_sign_in(account: str) -> datetime:
    """Counts a try to sign in by password like `count_try`, but for the account from this network and from all of them.

    Everybody may name an account here, and nobody is to be locked out by a stranger's ten wrong passwords.
    """
    return _count(SIGN_IN, {_from_here(account): TRIES_PER_ACCOUNT, account: SIGN_INS_PER_ACCOUNT})


def _from_here(account: str) -> str:
    return f"{account} net:{visitors_network()}"


def _count(kind: str, limits: dict[str, int]) -> datetime:
    at = now()
    limits = {f"net:{visitors_network()}": TRIES_PER_NETWORK, **limits}
    with saving():
        wait = service.throttled(kind, list(limits), list(limits.values()), at=at)
    if wait is not None:
        log.warning("throttled", kind=kind)
        raise TooManyTries(wait)
    return at


def forgive_try(kind: str, account: str | None, at: datetime) -> None:
    """After a success: the account's tries are forgotten, and of the network's only this one. Whoever calls commits."""
    service.forgive(kind, account or "", [f"net:{visitors_network()}"], at=at)


def forgive_sign_in(account: str, at: datetime) -> None:
    """After a success: the tries from here are forgotten, of all others only this one. Whoever calls commits."""
    service.forgive(SIGN_IN, _from_here(account), [account, f"net:{visitors_network()}"], at=at)


def count_mail(kind: str, address: str, *, at: datetime) -> None:
    """Counts a mail asked for, to this address and from this network. Raises `TooManyTries`. Whoever calls commits."""
    keys, limits = [address, f"net:{visitors_network()}"], [MAILS_PER_ADDRESS, MAILS_PER_NETWORK]
    wait = service.throttled(kind, keys, limits, at=at)
    if wait is not None:
        raise TooManyTries(wait)


@contextmanager
def alike() -> Iterator[None]:
    """Makes the block take the same time whatever it does, as long as that is less than `ANSWER_SECONDS`."""
    started = time.monotonic()
    yield
    time.sleep(max(0.0, started + ANSWER_SECONDS - time.monotonic()))
