"""Too many tries: the answer, and the keys that tries are counted for."""

import math
from datetime import timedelta
from typing import Any

from flask import request

from eventapp.accounts.rules import network_of
from eventapp.core.i18n import _, ngettext
from eventapp.core.web.errors import RefusedPage


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
