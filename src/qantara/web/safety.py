"""What browsers are told and what they are given to keep."""

from starlette.requests import Request
from starlette.responses import Response

from qantara.web.sites import Site

SESSION, VISIT, LANGUAGE, THEME = (
    "qantara_session",
    "qantara_visit",
    "qantara_language",
    "qantara_theme",
)
CSP = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self';"
    " font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
"""Scripts are files of ours: none stands in a page, and no text becomes one."""
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_YEAR_SECONDS = 31_536_000


def guard(response: Response, site: Site) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Permissions-Policy", site.kind.permissions)
    if site.terms.secure:
        response.headers["Strict-Transport-Security"] = f"max-age={_YEAR_SECONDS}"
    return response


def keep(response: Response, site: Site, name: str, value: str, seconds: int | None) -> None:
    """A cookie that no script reads and no other site sends; without `seconds` it goes with the
    browser.
    """
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=site.path,
        secure=site.terms.secure,
        httponly=True,
        samesite="strict",
    )


def drop(response: Response, site: Site, name: str) -> None:
    response.delete_cookie(name, path=site.path, httponly=True, samesite="strict")


def remembered(request: Request, name: str) -> str:
    return request.cookies.get(name, "")
