"""What browsers are told and what they are given to keep."""

from starlette.requests import Request
from starlette.responses import Response

from qantara.web.model import Terms

SESSION, VISIT, LANGUAGE, THEME = (
    "qantara_session",
    "qantara_visit",
    "qantara_language",
    "qantara_theme",
)
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
"""No script at all, from anywhere: these pages have none."""
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
}
_YEAR_SECONDS = 31_536_000
PATH = "/console"


def guard(response: Response, terms: Terms) -> Response:
    response.headers.update(HEADERS)
    if terms.secure:
        response.headers["Strict-Transport-Security"] = f"max-age={_YEAR_SECONDS}"
    return response


def keep(response: Response, terms: Terms, name: str, value: str, seconds: int | None) -> None:
    """A cookie that no script reads and no other site sends; without `seconds` it goes with the
    browser.
    """
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=PATH,
        secure=terms.secure,
        httponly=True,
        samesite="strict",
    )


def drop(response: Response, name: str) -> None:
    response.delete_cookie(name, path=PATH, httponly=True, samesite="strict")


def inside(wanted: str) -> str:
    """A place of the console to go on to; its first page for anything else."""
    plain = wanted.isascii() and wanted.isprintable() and not set(wanted) & set('\\"<>')
    known = wanted == PATH or wanted.startswith((f"{PATH}/", f"{PATH}?"))
    return wanted if plain and known and "//" not in wanted.partition("?")[0] else PATH


def remembered(request: Request, name: str) -> str:
    return request.cookies.get(name, "")
