"""`qantara iso20022 validate`: every defect of a message, with its place."""

from pathlib import Path

from rich.table import Table
from rich.text import Text

from qantara.cli.show import EXIT_WRONG, as_json_line, out
from qantara.errors import Malformed, Reason
from qantara.rails import flow as rails
from qantara.rails.model import InvalidMessage, Profile
from qantara.reasons import REASONS


async def run(file: Path, profile: str | None, schemas: Path | None, *, as_json: bool) -> int:
    if not file.is_file():
        raise Malformed(Reason.FIELD_INVALID, param="FILE", value=str(file))
    if profile is not None and profile not in set(Profile):
        raise Malformed(Reason.FIELD_INVALID, param="profile", value=profile)
    raw = file.read_bytes()
    defects = rails.validate(raw, Profile(profile) if profile else None)
    if schemas is not None and not defects:
        defects = rails.Official(schemas).defects(raw) or []
    try:
        name: str | None = rails.identify(raw)[0].value
    except InvalidMessage:
        name = None
    told = [
        {
            "xpath": defect.xpath,
            "code": defect.code.value,
            "iso_code": REASONS[defect.code].iso,
            "message": defect.message,
        }
        for defect in defects
    ]
    if as_json:
        as_json_line({"file": str(file), "message": name, "valid": not told, "defects": told})
    elif not told:
        out.print(f"[green]valid[/green] {name}")
    else:
        table = Table(title=f"{name or 'not a known message'}: {len(told)} defects", box=None)
        for column in ("where", "code", "what"):
            table.add_column(column, overflow="fold")
        for entry in told:
            table.add_row(*(Text(entry[key]) for key in ("xpath", "iso_code", "message")))
        out.print(table)
    return EXIT_WRONG if told else 0
