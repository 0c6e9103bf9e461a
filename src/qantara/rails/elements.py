"""The elements all messages share, each written and read by a pair of functions.

Reading trusts the order and presence that the schema has just proved, so it takes children by
place where the guideline leaves no choice, and by one walk into a dict where it does.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime

from lxml.etree import _Element as Element

from qantara.clock import from_text, to_text
from qantara.money import ASSETS, Money
from qantara.rails.model import AccountRef, Agent, Birth, MessageName, Party, Proxy

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
_CUT = len("{" + NAMESPACE + MessageName.CREDIT_TRANSFER + "}")
"""Every message name has the same length, so a tag's local name starts at one place."""
_ADDRESS_LINES = 3
_BIRTH_FACTS = 3
_ESCAPED = re.compile("[&<>]")


def local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def fields(element: Iterable[Element]) -> dict[str, Element]:
    """The children by local name; of a repeated one, the last."""
    return {str(child.tag)[_CUT:]: child for child in element}


def word(element: Element) -> str:
    return element.text or ""


def day(text: str) -> date:
    """A date. Schemas collapse white space around dates and times before they judge them."""
    return date.fromisoformat(text.strip())


def moment(text: str) -> datetime:
    """A date-time, likewise."""
    return from_text(text.strip())


def optional(nodes: dict[str, Element], tag: str) -> str | None:
    node = nodes.get(tag)
    return None if node is None else node.text or ""


def escape(text: str) -> str:
    if text.isalnum() or not _ESCAPED.search(text):  # asking is cheaper than replacing
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def leaf(tag: str, text: str | None) -> str:
    """The element, or nothing for None."""
    return "" if text is None else f"<{tag}>{escape(text)}</{tag}>"


def coded(tag: str, code: str | None) -> str:
    """A choice that is always a code of the standard, or nothing for None."""
    return "" if code is None else f"<{tag}><Cd>{escape(code)}</Cd></{tag}>"


def document(name: MessageName, body: str) -> str:
    return f'<Document xmlns="{NAMESPACE}{name.value}">{body}</Document>'


def write_money(tag: str, money: Money) -> str:
    return f'<{tag} Ccy="{escape(money.asset.code)}">{money}</{tag}>'


def read_money(element: Element) -> Money:
    """The schema has proved currency and decimals, so the digits are the minor units."""
    return Money(int(word(element).replace(".", "")), ASSETS[element.get("Ccy", "")])


def write_agent(tag: str, agent: Agent) -> str:
    return f"<{tag}><FinInstnId><BICFI>{escape(agent.bic)}</BICFI></FinInstnId></{tag}>"


def read_agent(element: Element) -> Agent:
    return Agent(element[0][0].text or "")


def write_account(tag: str, account: AccountRef) -> str:
    identity = ""
    if account.iban is not None:
        identity = f"<Id>{leaf('IBAN', account.iban)}</Id>"
    elif account.other is not None:
        identity = f"<Id><Othr>{leaf('Id', account.other)}</Othr></Id>"
    alias = ""
    if account.proxy is not None:
        kind, value = leaf("Cd", account.proxy.type), leaf("Id", account.proxy.value)
        alias = f"<Prxy><Tp>{kind}</Tp>{value}</Prxy>"
    return f"<{tag}>{identity}{leaf('Nm', account.name)}{alias}</{tag}>"


def read_account(element: Element) -> AccountRef:
    """Its three parts are told apart by how many elements each holds."""
    iban = other = name = proxy = None
    for child in element:
        inside = len(child)
        if inside == 1:
            kind = child[0]
            if len(kind):
                other = kind[0].text or ""
            else:
                iban = kind.text or ""
        elif inside:
            kind, value = child
            proxy = Proxy(kind[0].text or "", value.text or "")
        else:
            name = child.text or ""
    return AccountRef(iban, other, proxy, name)


def write_party(tag: str, party: Party) -> str:
    return f"<{tag}>{leaf('Nm', party.name)}{_write_address(party)}{_write_identity(party)}</{tag}>"


def _write_address(party: Party) -> str:
    lines = (
        leaf("StrtNm", party.street)
        + leaf("BldgNb", party.building)
        + leaf("PstCd", party.postcode)
        + leaf("TwnNm", party.town)
        + leaf("Ctry", party.country)
    )
    return lines and f"<PstlAdr>{lines}</PstlAdr>"


def _write_identity(party: Party) -> str:
    facts = ""
    if party.birth is not None:
        born = party.birth
        facts = (
            f"<DtAndPlcOfBirth><BirthDt>{born.on.isoformat()}</BirthDt>"
            f"{leaf('CityOfBirth', born.town)}{leaf('CtryOfBirth', born.country)}"
            "</DtAndPlcOfBirth>"
        )
    if party.national_id is not None:
        number = leaf("Id", party.national_id)
        facts += f"<Othr>{number}<SchmeNm><Cd>NIDN</Cd></SchmeNm></Othr>"
    return facts and f"<Id><PrvtId>{facts}</PrvtId></Id>"


def read_party(element: Element) -> Party:
    """An identity is told from an address by holding one more floor of elements."""
    called, *more = element
    street = building = postcode = town = country = national_id = birth = None
    for part in more:
        first = part[0]
        if len(first):
            for fact in first:
                if len(fact) == _BIRTH_FACTS:
                    birth = _read_birth(fact)
                else:
                    national_id = word(fact[0])
        else:
            *lines, town, country = [line.text or "" for line in part]
            if len(lines) == _ADDRESS_LINES:
                street, building, postcode = lines
            elif lines:
                nodes = fields(part)
                street, building = optional(nodes, "StrtNm"), optional(nodes, "BldgNb")
                postcode = optional(nodes, "PstCd")
    return Party(called.text or "", country, town, street, building, postcode, national_id, birth)


def _read_birth(element: Element) -> Birth:
    on, town, country = element
    return Birth(day(word(on)), word(town), word(country))


def write_header(message_id: str, created_at: datetime, clearing_system: str) -> str:
    """The group header of a message that moves money."""
    return (
        f"<GrpHdr><MsgId>{escape(message_id)}</MsgId>"
        f"<CreDtTm>{to_text(created_at)}</CreDtTm><NbOfTxs>1</NbOfTxs>"
        "<SttlmInf><SttlmMtd>CLRG</SttlmMtd>"
        f"<ClrSys><Prtry>{escape(clearing_system)}</Prtry></ClrSys></SttlmInf></GrpHdr>"
    )


def write_identity(
    instruction_id: str | None,
    end_to_end_id: str,
    transaction_id: str,
    uetr: str,
    clearing_reference: str | None,
) -> str:
    return (
        f"<PmtId>{leaf('InstrId', instruction_id)}"
        f"<EndToEndId>{escape(end_to_end_id)}</EndToEndId><TxId>{escape(transaction_id)}</TxId>"
        f"<UETR>{escape(uetr)}</UETR>{leaf('ClrSysRef', clearing_reference)}</PmtId>"
    )


def read_identity(element: Element) -> tuple[str | None, str, str, str, str | None]:
    """Instruction id, end-to-end id, transaction id, UETR, clearing reference."""
    texts = [child.text or "" for child in element]
    instruction = texts.pop(0) if str(element[0].tag).endswith("}InstrId") else None
    end_to_end, transaction, uetr, *more = texts
    return instruction, end_to_end, transaction, uetr, more[0] if more else None


def write_acceptance(accepted_at: datetime, *, older: bool) -> str:
    """Today's edition has moved the acceptance time into an element of its own."""
    time = f"<AccptncDtTm>{to_text(accepted_at)}</AccptncDtTm>"
    return time if older else f"<AddtlDtTm>{time}</AddtlDtTm>"


def write_original(
    message_id: str, name: MessageName, end_to_end_id: str, transaction_id: str, uetr: str
) -> str:
    """The payment that a message is about."""
    return (
        f"<OrgnlGrpInf><OrgnlMsgId>{escape(message_id)}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>{name.value}</OrgnlMsgNmId></OrgnlGrpInf>"
        f"<OrgnlEndToEndId>{escape(end_to_end_id)}</OrgnlEndToEndId>"
        f"<OrgnlTxId>{escape(transaction_id)}</OrgnlTxId><OrgnlUETR>{escape(uetr)}</OrgnlUETR>"
    )


def write_reason(
    code: str | None,
    texts: tuple[str, ...],
    own: str | None = None,
    tag: str = "StsRsnInf",
) -> str:
    """A reason by its code, or by the system's `own` in its stead."""
    if code is None:
        return ""
    told = "".join([leaf("AddtlInf", text) for text in texts])
    named = f"<Cd>{escape(code)}</Cd>" if own is None else f"<Prtry>{escape(own)}</Prtry>"
    return f"<{tag}><Rsn>{named}</Rsn>{told}</{tag}>"


def read_reason(element: Element | None) -> tuple[str | None, tuple[str, ...]]:
    """The code as written, and the sentences with it."""
    if element is None:
        return None, ()
    reason, *told = element
    return word(reason[0]), tuple([word(text) for text in told])


def write_remittance(text: str | None, reference: str | None) -> str:
    """A text stands alone as unstructured, or beside a reference as its addition."""
    if reference is not None:
        quoted = f"<CdtrRefInf>{leaf('Ref', reference)}</CdtrRefInf>"
        return f"<RmtInf><Strd>{quoted}{leaf('AddtlRmtInf', text)}</Strd></RmtInf>"
    return "" if text is None else f"<RmtInf>{leaf('Ustrd', text)}</RmtInf>"


def read_remittance(element: Element | None) -> tuple[str | None, str | None]:
    """Text and reference."""
    if element is None:
        return None, None
    only = element[0]
    if not len(only):
        return word(only), None
    return (word(only[1]) if len(only) > 1 else None), word(only[0][0])
