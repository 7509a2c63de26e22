"""What a later feature knows about companies and their providers. It adds itself when the app is put together."""

from datetime import datetime
from typing import Protocol

from eventapp.accounts.models import User
from eventapp.audit.service import Actor


class Companies(Protocol):
    """Answers for the providers that belong to companies. Every method names the provider by its id."""

    def owns(self, provider_id: int, address: str) -> bool:
        """Whether the domain of the address is that of the provider's company."""

    def admit(self, provider_id: int, user: User, *, by: Actor, at: datetime) -> None:
        """Makes whoever comes for the first time a member. Raises `RuleError` if they cannot be one."""

    def check(self, provider_id: int, user: User, *, at: datetime) -> None:
        """Raises `RuleError` unless the provider may sign this login in: a member of its company and of no other."""

    def providers_of(self, user: User, *, at: datetime) -> list[int]:
        """The providers that this login may be connected with."""


COMPANIES: list[Companies] = []
