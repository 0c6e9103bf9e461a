"""Our usage-guideline schemas, and what they find, told by XPath and in words.

A schema is put together from the shared types, the message and the dialect, compiled once in
each thread (libxml2 schemas shared by threads hinder each other).
"""

import re
import threading
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path

from lxml import etree
from lxml.etree import _Element as Element
from lxml.etree import _LogEntry as LogEntry

from qantara.errors import Reason
from qantara.money import ASSETS
from qantara.rails.dialect import NAMES_OF_2019
from qantara.rails.elements import NAMESPACE, local
from qantara.rails.model import DOMESTIC, Defect, MessageName, Profile

HEADER = "head.001.001.02"
MOST_DEFECTS = 200
"""More are not looked up: placing each costs time, and a sender may write a million."""
_ALL_VERSIONS = ("pacs.002", "pacs.004", "pacs.028")
"""Whose versions have the elements we use in the same order."""
_FOLDER = Path(__file__).parent / "schemas"
_ENTRY = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{space}"
 targetNamespace="{space}" elementFormDefault="qualified">{includes}</xs:schema>"""
_NAMESPACE_IN_WORDS = re.compile(r"\{[^}]*\}")
_PREFIXED = re.compile(r"[^/:\[\]]+:([^/:\[\]]+)")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( ([^)]*?) \)")
_ATTRIBUTE = re.compile(r"attribute '(\w+)'")
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]*)?")


class _Compiled(threading.local):
    def __init__(self) -> None:
        self.schemas: dict[tuple[Profile, str], etree.XMLSchema] = {}


_compiled = _Compiled()


def schema(profile: Profile, name: str) -> etree.XMLSchema:
    """The schema of a message (or of the business header) in a profile."""
    found = _compiled.schemas.get((profile, name))
    if found is None:
        found = _compiled.schemas[profile, name] = _compile(profile, name)
    return found


def _compile(profile: Profile, name: str) -> etree.XMLSchema:
    edition = "edition.2019" if name in NAMES_OF_2019 else "edition"
    parts = ["types", edition, _guideline(profile, name)]
    if profile is not Profile.CUSTOMER:
        parts.append(profile.value)
    includes = "".join([f'<xs:include schemaLocation="{part}.xsd"/>' for part in parts])
    text = _ENTRY.format(space=NAMESPACE + name, includes=includes)
    base = (_FOLDER / f"{profile.value}-{name}.xsd").as_uri()
    return etree.XMLSchema(etree.fromstring(text, base_url=base))


def _guideline(profile: Profile, name: str) -> str:
    """The file of a message: of this kind of payment, of this version, or of all its versions."""
    if profile in DOMESTIC and name.startswith("pacs.008"):
        return f"domestic.{name}"
    return name[: len("pacs.002")] if name.startswith(_ALL_VERSIONS) else name


def defects(root: Element, profile: Profile, name: MessageName | str) -> list[Defect]:
    """What the schema says against an element, one defect per place, in the element's order."""
    found = told_by(schema(profile, name), root)
    if found or profile is Profile.CUSTOMER:  # whose files are judged payment by payment
        return found
    return _misscaled(root)


SCALED = tuple(
    f"{{*}}{name}"
    for name in ("Amt", "InstdAmt", "IntrBkSttlmAmt", "OrgnlIntrBkSttlmAmt", "RtrdIntrBkSttlmAmt")
)
"""Elements with a currency, in all messages but the customer's own."""


def _misscaled(root: Element) -> list[Defect]:
    """Amounts in the form of another currency: with decimals that theirs has not, or without."""
    found = [each for each in root.iter(*SCALED) if _is_misscaled(each)]
    return [
        Defect(place(each), *_judge_amount(each.text or "", f"The value {each.text!r} "))
        for each in found[:MOST_DEFECTS]
    ]


def _is_misscaled(amount: Element) -> bool:
    """The schema has proved the currency; an element of the same name may have none."""
    code = amount.get("Ccy")
    return code is not None and ("." in (amount.text or "")) is not bool(ASSETS[code].scale)


def told_by(judge: etree.XMLSchema, root: Element) -> list[Defect]:
    """The same of any schema."""
    if judge.validate(root):
        return []
    tree = etree.ElementTree(root)
    told: dict[str, Defect] = {}
    for entry in islice(judge.error_log, MOST_DEFECTS):
        found = tree.xpath(_PREFIXED.sub(r"*[local-name()='\1']", str(entry.path)))
        node = found[0] if isinstance(found, list) and found else root
        defect = _tell(entry, node if isinstance(node, etree._Element) else root)  # noqa: SLF001
        told.setdefault(defect.xpath, defect)
    return list(told.values())


def place(node: Element) -> str:
    """The XPath of an element by local names; a number only where a name repeats."""
    return "/" + "/".join(reversed(list(_steps(node))))


def _steps(node: Element) -> Iterator[str]:
    current: Element | None = node
    while current is not None:
        parent = current.getparent()
        alike = [] if parent is None else [child for child in parent if child.tag == current.tag]
        number = f"[{alike.index(current) + 1}]" if len(alike) > 1 else ""
        yield local(current) + number
        current = parent


def _tell(entry: LogEntry, node: Element) -> Defect:
    words = _NAMESPACE_IN_WORDS.sub("", entry.message)
    if entry.type_name == "SCHEMAV_ELEMENT_CONTENT":
        return _tell_structure(words, node)
    attribute = _ATTRIBUTE.search(words)
    where = place(node)
    if attribute is not None:
        where += f"/@{attribute[1]}"
    if entry.type_name == "SCHEMAV_CVC_COMPLEX_TYPE_4":
        return Defect(where, Reason.MESSAGE_ELEMENT_MISSING, "This attribute is missing.")
    if entry.type_name == "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1":
        return Defect(where, Reason.MESSAGE_SCHEMA, "This attribute is not expected.")
    value = (node.text if attribute is None else node.get(attribute[1])) or ""
    return Defect(where, *_judge_value(entry.type_name, words, where, value))


def _tell_structure(words: str, node: Element) -> Defect:
    """A message that stops too early, or an element met where another was due."""
    listed = _EXPECTED.search(words)
    due = listed[1].split(", ") if listed else []
    if words.find("Missing child") >= 0:
        return Defect(
            f"{place(node)}/{due[-1]}", Reason.MESSAGE_ELEMENT_MISSING, "This element is missing."
        )
    parent = node.getparent()
    here = local(node)
    later = {local(other) for other in node.itersiblings()}
    if parent is None or not due or due[-1] in later:
        after = f"; {' or '.join(due)} is due here" if due else ""
        return Defect(
            place(node), Reason.MESSAGE_SCHEMA, f"The element {here} is not expected here{after}."
        )
    return Defect(
        f"{place(parent)}/{due[-1]}",
        Reason.MESSAGE_ELEMENT_MISSING,
        f"This element is missing; {here} stands in its place.",
    )


def _judge_value(kind: str, words: str, where: str, value: str) -> tuple[Reason, str]:
    told = f"The value {value!r} "
    last = where.rpartition("/")[2].partition("[")[0]
    if kind == "SCHEMAV_CVC_ENUMERATION_VALID":
        allowed = words.partition("{")[2].partition("}")[0]
        reason = Reason.CURRENCY_UNKNOWN if last.endswith("Ccy") else Reason.MESSAGE_CODE_UNKNOWN
        return reason, f"{told}is not one of {allowed}." if allowed else f"{told}is not allowed."
    if last.endswith(("DtTm", "Dt", "CreDt")):
        return Reason.TIME_MALFORMED, f"{told}is not a date, or not a time in UTC said with Z."
    if last.endswith("Amt"):
        return _judge_amount(value, told)
    if kind == "SCHEMAV_CVC_MAXLENGTH_VALID":
        return Reason.MESSAGE_SCHEMA, f"{told}is too long."
    return Reason.MESSAGE_SCHEMA, f"{told}does not have the form or the characters allowed here."


def _judge_amount(value: str, told: str) -> tuple[Reason, str]:
    if value.startswith("-") or (_DECIMAL.fullmatch(value) and not Decimal(value)):
        return Reason.AMOUNT_NOT_POSITIVE, f"{told}is not more than zero."
    if _DECIMAL.fullmatch(value):
        return Reason.AMOUNT_SCALE, f"{told}does not have exactly the decimals of its currency."
    return Reason.AMOUNT_MALFORMED, f"{told}is not an amount."
