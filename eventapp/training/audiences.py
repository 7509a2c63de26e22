"""Who gives courses: trainers, and the organizers in their stead."""

from eventapp.accounts.audiences import visitors_roles
from eventapp.accounts.models import Role
from eventapp.accounts.permissions import ORGANIZERS, READERS
from eventapp.core.web.audiences import Audience

TRAINERS = ORGANIZERS | {Role.TRAINER}

# Gives runs. Which ones is said by the queries: organizers all, trainers their own.
trainer = Audience("trainer", lambda: bool(visitors_roles() & TRAINERS))
# Reads the pages of runs: auditors besides them.
run_reader = Audience("run_reader", lambda: bool(visitors_roles() & (TRAINERS | READERS)))
