"""Rendered public pages, kept for a while: hot pages cost one query and no template."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from flask import Response, request

from eventapp.core.web.headers import shareable


class PageCache:
    """The last `size` pages by key. A key must name everything that the page depends on."""

    def __init__(self, size: int = 128) -> None:
        self.size = size
        self.pages: OrderedDict[Hashable, tuple[bytes, str]] = OrderedDict()
        self.lock = Lock()

    def answer(self, key: Hashable, render: Callable[[], str], *, fresh: int = 0, stale: int = 0) -> Response:
        """The page of that key, rendered if it is not there; 304 where the browser has it already.

        For `fresh` seconds a browser need not ask again, and for `stale` more it may show the page while it does.
        """
        with self.lock:
            found = self.pages.get(key)
            if found is not None:
                self.pages.move_to_end(key)
        if found is None:
            body = render().encode()
            found = (body, hashlib.sha256(body).hexdigest()[:20])
            with self.lock:
                self.pages[key] = found
                while len(self.pages) > self.size:
                    self.pages.popitem(last=False)
        response = Response(found[0], mimetype="text/html", headers={"ETag": f'"{found[1]}"', "Vary": "Cookie"})
        shareable(response, fresh=fresh, stale=stale)
        if "If-None-Match" in request.headers:
            response.make_conditional(request)
        return response
