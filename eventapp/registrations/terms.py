"""On what terms somebody is registered, where it is not the ordinary way in."""

from dataclasses import dataclass

from eventapp.events.admission.rules import Waived


@dataclass(frozen=True)
class Terms:
    """What counts for a registration. The default is the ordinary way: all rules, and the company's own places.

    `own_pools` are held instead of the company's, the kind's and the event's: those of a seat block, which holds the
    event's places already. Without `company_quota` the company's places are not touched. Without `audience`, `window` or
    `approval` these rules do not count. `invited`: there is an open invitation, to come as `invited_as` where it says so, on
    places of its own for the company (`company_pool_id`) where it brings some. `together`: the group comes whole or waits
    whole. `above`: also where no place is left, as a visible overbooking. `guest_of_id`: the registration with
    which they come along. `claim`: the company that the person named and
    nobody has confirmed yet (`partners.service.unconfirmed`).
    """

    own_pools: tuple[int, ...] = ()
    company_quota: bool = True
    audience: bool = True
    window: bool = True
    approval: bool = True
    invited: bool = False
    invited_as: int | None = None
    company_pool_id: int | None = None
    together: bool = False
    above: bool = False
    guest_of_id: int | None = None
    claim: str = ""

    @property
    def waived(self) -> Waived:
        """The rules of the event that do not count."""
        return Waived(audience=not self.audience, window=not self.window, approval=not self.approval)


ORDINARY = Terms()
# People of the vendor's own choice, who belong to no company of the programme.
GUESTS = Terms(company_quota=False, audience=False)
