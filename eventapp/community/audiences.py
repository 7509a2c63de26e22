"""Who the pages of the community are for: people of partners, and the vendor's. The public reads nothing of it."""

from eventapp.core.web.audiences import Audience
from eventapp.partners.audiences import viewer

community_reader = Audience("community_reader", lambda: bool(viewer().roles) or viewer().seat is not None)
