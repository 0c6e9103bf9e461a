"""The gateway's answers and requests beside quotes, in the names of the Nexus documentation.

What the documentation does not publish, the bodies of changes above all, is our choice: they
have the names of the answers about the same things. Amounts, rates and ratios are decimal text.
"""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from qantara.api.forms import DECIMAL, MOMENT
from qantara.api.shapes import Bic, Request
from qantara.edge.nexus import Amount

_RATIO = r"^0(\.[0-9]{1,10})?$"
_FIGURE = Annotated[str, Field(max_length=40, json_schema_extra=DECIMAL)]
_CODE = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class CurrencyLimit(msgspec.Struct, frozen=True, rename="camel"):
    currency_code: str
    max_amount: str


class CountryBody(msgspec.Struct, frozen=True, rename="camel"):
    """`country_id` is the ISO 3166 number; `instruction_priorities` what a pacs.008 to it may
    ask for.
    """

    country_id: int
    country_code: str
    name: str
    currencies: list[CurrencyLimit]
    required_message_elements: dict[str, list[str]]
    instruction_priorities: list[str]


class CurrencyBody(msgspec.Struct, frozen=True, rename="camel"):
    """`currency_id` is the ISO 4217 number, `decimal_places` the standard's exponent."""

    currency_id: int
    currency_code: str
    name: str
    symbol: str
    decimal_places: int
    countries: list[str]


class MaxAmount(msgspec.Struct, frozen=True, rename="camel"):
    clearing_system_id: str
    max_amount: str


class SchemeFee(msgspec.Struct, frozen=True, rename="camel"):
    country_code: str
    currency_code: str
    nominal_fee_amount: str
    percentage_fee_as_ratio: str


class CreditorAgentFee(msgspec.Struct, frozen=True, rename="camel"):
    country_code: str
    currency_code: str
    nominal_fee: Amount
    percentage_fee: str


class Label(msgspec.Struct, frozen=True):
    """`title` by language: en, ms, ur, fr."""

    code: str
    title: Mapping[str, str]


class Attributes(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    type: str
    pattern: str
    placeholder: str
    required: bool
    value: str | None = None


class Paths(msgspec.Struct, frozen=True):
    acmt023: str
    pacs008: str


class InputBody(msgspec.Struct, frozen=True, rename="camel"):
    address_input_id: str
    label: Label
    attributes: Attributes
    iso20022_x_path: Paths = msgspec.field(name="iso20022XPath")


class AddressTypeBody(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """`clearing_system_id` for accounts, `proxy_directory_id` for aliases. Without `inputs`
    where only the kinds of address were asked for.
    """

    address_type_id: str
    address_type_code: str
    address_type_name: Mapping[str, str]
    display_order: int
    clearing_system_id: str | None = None
    proxy_directory_id: str | None = None
    inputs: list[InputBody] | None = None


class InstitutionIds(msgspec.Struct, frozen=True, omit_defaults=True):
    bicfi: list[str] = msgspec.field(name="BICFI")
    lei: str | None = msgspec.field(default=None, name="LEI")
    other_id: list[str] = msgspec.field(default_factory=list, name="otherId")


class InstitutionBody(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """`nexus_participant` false: known to its system, and not to be paid over Nexus."""

    name: str
    fin_inst_id: InstitutionIds
    country_code: str
    roles: list[str]
    nexus_participant: bool | None = None
    go_live_date: str | None = None
    supported_messages: list[str] = msgspec.field(default_factory=list)


class RateBody(msgspec.Struct, frozen=True, rename="camel"):
    rate_id: str
    fxp_id: str
    source_currency: str
    destination_currency: str
    rate: str
    source_ips: str
    destination_ips: str
    created_date_time: str
    expiry_date_time: str
    is_expired: bool


class TierBody(msgspec.Struct, frozen=True, rename="camel"):
    tier_id: str
    currency: str
    threshold: str
    bps: int


class RelationshipBody(msgspec.Struct, frozen=True, rename="camel"):
    relationship_id: str
    psp_fin_inst_id: str
    bps: int
    approved: bool


class LineBody(msgspec.Struct, frozen=True, rename="camel"):
    """`credit_debit_indicator` DBIT: paid by the system, CRDT: paid to it."""

    credit_debit_indicator: str
    status: str
    count: int
    total: Amount


class PageBody(msgspec.Struct, frozen=True, rename="camel"):
    page: int
    href: str


class ReconciliationBody(msgspec.Struct, frozen=True, rename="camel"):
    """Totals of one system's final payments; each page is a camt.054.001.11 of its own."""

    clearing_system_id: str
    currency: str
    from_date_time: str
    to_date_time: str
    entries: int
    totals: list[LineBody]
    pages: list[PageBody]


class Told(Request):
    """A body in camel case, as the documentation writes names."""

    model_config = ConfigDict(alias_generator=to_camel)


class NewRate(Told):
    """One unit of the source currency buys `rate` of the destination's."""

    source_currency: _CODE
    destination_currency: _CODE
    rate: _FIGURE
    expiry_date_time: str = Field(max_length=40, json_schema_extra=MOMENT)


class NewTier(Told):
    currency: _CODE
    threshold: _FIGURE
    bps: int


class TierChange(Told):
    bps: int


class NewRelationship(Told):
    psp_fin_inst_id: Bic
    bps: int = 0


class RelationshipChange(Told):
    """`approved` false: the provider quotes to this PSP no more."""

    bps: int
    approved: bool = True


class InstitutionNames(Told):
    bicfi: list[Bic] = Field(alias="BICFI", min_length=1, max_length=1)
    lei: str | None = Field(None, alias="LEI", pattern=r"^[A-Z0-9]{18}[0-9]{2}$")
    other_id: list[Annotated[str, Field(min_length=1, max_length=35)]] = Field([], max_length=8)


class NewInstitution(Told):
    """A financial institution of the calling system's country."""

    name: str = Field(min_length=1, max_length=140)
    fin_inst_id: InstitutionNames
    country_code: str = Field(pattern=r"^[A-Z]{2}$")
    roles: list[Annotated[str, Field(pattern="^(psp|sap|fxp)$")]] = Field(
        min_length=1, max_length=3
    )
    nexus_participant: bool = True
    go_live_date: str | None = Field(
        None, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"}
    )
    supported_messages: list[Annotated[str, Field(pattern=r"^[a-z]{4}\.[0-9]{3}$")]] = Field(
        [], max_length=16
    )


class CountryChange(Told):
    """What a payment system changes of its own country; what is not named stays as it is."""

    max_amount: _FIGURE | None = None
    instruction_priorities: list[Annotated[str, Field(pattern="^(NORM|HIGH)$")]] | None = Field(
        None, max_length=2
    )
    required_message_elements: (
        dict[
            Annotated[str, Field(pattern="^pacs008$")],
            list[Annotated[str, Field(pattern="^(purposeCode|categoryPurposeCode)$")]],
        ]
        | None
    ) = None


class NominalFee(Told):
    amount: _FIGURE
    currency: _CODE


class FeeChange(Told):
    """In force from `effectiveDateTime` (now, if not named); quotes issued before keep theirs."""

    nominal_fee: NominalFee
    percentage_fee: str = Field(pattern=_RATIO)
    effective_date_time: str | None = Field(None, max_length=40, json_schema_extra=MOMENT)
