"""The app as something to install, that can be read where there is no network."""

import json

from fastapi import Request
from fastapi.responses import Response

from qantara.web import statics, visits
from qantara.web.sites import Entrance, Site

_PAPER, _NIGHT = "#F7F5EF", "#10312E"


async def manifest(request: Request, site: Site) -> Response:
    """What a phone shows of it among its other apps."""
    words = visits.stranger(request, site).words
    told = {
        "name": f"Qantara · {site.door.node.name}",
        "short_name": "Qantara",
        "lang": words.language.value,
        "dir": words.direction,
        "start_url": site.path,
        "scope": site.path,
        "display": "standalone",
        "background_color": _PAPER,
        "theme_color": _NIGHT,
        "icons": [
            {"src": statics.address("mark.svg"), "sizes": "any", "type": "image/svg+xml"},
        ],
    }
    return Response(json.dumps(told, ensure_ascii=False), media_type="application/manifest+json")


async def worker(_request: Request, site: Site) -> Response:
    """The script that keeps pages for reading; it may see this site, its first page too."""
    headers = {"Service-Worker-Allowed": site.path}
    return Response(statics.content("worker.js"), 200, headers, "text/javascript; charset=utf-8")


async def offline(request: Request, site: Site) -> Response:
    return visits.stranger(request, site).shown("offline.html")


DOORS = (
    Entrance("/manifest.webmanifest", "GET", manifest),
    Entrance("/worker.js", "GET", worker),
    Entrance("/offline", "GET", offline),
)
