"""What may not travel is told before it is written, and never written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rails_samples import (
    ANSWER,
    ARRIVING,
    FILE,
    FILE_ANSWER,
    QUESTION,
    REJECTION,
    STATUS,
    TRANSFER,
    UETR,
)

from qantara.errors import Reason
from qantara.money import MYR, Money
from qantara.rails import flow
from qantara.rails.model import (
    AccountRef,
    Agent,
    InstructionState,
    Party,
    Profile,
    UnwritableMessage,
)

TX = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf"


def _unwritable(message, profile=Profile.NEXUS):
    with pytest.raises(UnwritableMessage) as caught:
        flow.build(message, profile)
    return caught.value.defects


@pytest.mark.parametrize("name", ["بلال", "Zoë", "tab\there", " padded", "", "x" * 141, "nul\x00"])
def test_a_name_outside_the_latin_set_is_refused_not_changed(name):
    defects = _unwritable(replace(TRANSFER, creditor=replace(TRANSFER.creditor, name=name)))
    assert defects[0].xpath in {f"{TX}/Cdtr/Nm", "/"}
    assert flow.text_defect(name, "name").xpath == "name"


@given(st.text(max_size=150))
def test_what_the_text_check_lets_through_can_be_written(text):
    message = replace(REJECTION, reason_texts=(text[:105],))
    if flow.text_defect(text[:105], "", 105) is None:
        assert flow.read(flow.build(message, Profile.NEXUS), Profile.NEXUS) == message
    else:
        _unwritable(message)


@given(st.text("ab/ ?'&é", max_size=40))
def test_what_the_reference_check_lets_through_can_be_written(text):
    message = replace(STATUS, clearing_reference=text)
    if flow.reference_defect(text, "") is None:
        assert flow.read(flow.build(message, Profile.NEXUS), Profile.NEXUS) == message
    else:
        _unwritable(message)


def test_markup_in_a_field_stays_text():
    injected = "x</Nm><PstlAdr><TwnNm>y</TwnNm><Ctry>PK</Ctry></PstlAdr><Nm>"
    message = replace(TRANSFER, creditor=Party(injected, "PK", "Lahore"))
    assert flow.read(flow.build(message, Profile.NEXUS), Profile.NEXUS) == message
    _unwritable(replace(TRANSFER, creditor_agent=Agent("RAVIPKK0</BICFI><BICFI>")))


@pytest.mark.parametrize(
    ("message", "xpath"),
    [
        (replace(TRANSFER, intermediary1=None), f"{TX}/IntrmyAgt1"),
        (replace(ARRIVING, intermediary1=TRANSFER.intermediary1), f"{TX}/IntrmyAgt1"),
        (replace(TRANSFER, settlement_amount=Money(0, MYR)), f"{TX}/IntrBkSttlmAmt"),
        (replace(TRANSFER, debtor_account=AccountRef(name="x")), f"{TX}/DbtrAcct/Prxy"),
        (replace(TRANSFER, uetr=UETR.upper()), f"{TX}/PmtId/UETR"),
        (replace(TRANSFER, debtor=Party("A", "MY")), f"{TX}/Dbtr/PstlAdr/TwnNm"),
        (
            replace(STATUS, reason_texts=("alone",)),
            "/Document/FIToFIPmtStsRpt/TxInfAndSts/StsRsnInf/Rsn/Cd",
        ),
        (
            replace(ANSWER, payee=Party("Bilal Ahmed")),
            "/Document/IdVrfctnRpt/Rpt/UpdtdPtyAndAcctId/Pty/PstlAdr",
        ),
        (
            replace(ANSWER, payee=None, account=None, agent=None),
            "/Document/IdVrfctnRpt/Rpt/UpdtdPtyAndAcctId",
        ),
        (
            replace(QUESTION, account=AccountRef()),
            "/Document/IdVrfctnReq/Vrfctn/PtyAndAcctId/Acct/Prxy",
        ),
    ],
)
def test_an_incomplete_record_is_a_bug_named_by_its_place(message, xpath):
    assert _unwritable(message)[0].xpath == xpath


def test_a_rate_that_leads_nowhere_is_refused():
    rate = replace(TRANSFER.agreed_rate, quoted_currency="MYR")
    codes = {one.code for one in _unwritable(replace(TRANSFER, agreed_rate=rate))}
    assert codes == {Reason.CURRENCY_MISMATCH}


@pytest.mark.parametrize(
    ("message", "step"),
    [
        (replace(FILE, count=2), "GrpHdr/NbOfTxs"),
        (replace(FILE, control_sum=FILE.control_sum + 1), "GrpHdr/CtrlSum"),
    ],
)
def test_a_file_that_contradicts_its_own_totals_is_refused(message, step):
    assert _unwritable(message, Profile.CUSTOMER)[0].xpath.endswith(step)


def test_an_unreadable_amount_does_not_condemn_the_file():
    lines = (replace(FILE.instructions[0], amount="much"), *FILE.instructions[1:])
    message = replace(FILE, instructions=lines)
    assert flow.read(flow.build(message, Profile.CUSTOMER), Profile.CUSTOMER) == message


def test_a_refused_file_and_a_refused_instruction_name_their_reason():
    whole = replace(FILE_ANSWER, status=InstructionState.RJCT, statuses=(), original_batch_id=None)
    assert _unwritable(whole, Profile.CUSTOMER)[0].xpath.endswith("StsRsnInf/Rsn/Cd")
    told = replace(whole, reason="FF01")
    assert flow.read(flow.build(told, Profile.CUSTOMER), Profile.CUSTOMER) == told
    lines = (replace(FILE_ANSWER.statuses[0], status=InstructionState.RJCT),)
    defects = _unwritable(replace(FILE_ANSWER, statuses=lines), Profile.CUSTOMER)
    assert "TxInfAndSts[1]" in defects[0].xpath


def test_a_message_is_written_only_where_it_is_spoken():
    with pytest.raises(TypeError, match="not spoken"):
        flow.build(FILE, Profile.NEXUS)


def test_each_instruction_tells_what_cannot_be_carried_onward():
    good, other, bad = FILE.instructions
    assert flow.instruction_defects(good, 1) == flow.instruction_defects(other, 2) == []
    bad = replace(
        bad,
        end_to_end_id="//",
        instruction_id="é",
        creditor=Party("بلال", "PK", ""),
        remittance="x" * 141,
        reference="",
    )
    where = "/Document/CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf[3]/"
    assert [one.xpath.removeprefix(where) for one in flow.instruction_defects(bad, 3)] == [
        "PmtId/EndToEndId",
        "Cdtr/Nm",
        "PmtId/InstrId",
        "RmtInf/Strd/CdtrRefInf/Ref",
        "RmtInf/Strd/AddtlRmtInf",
        "Cdtr/PstlAdr/TwnNm",
    ]


def test_a_file_of_two_thousand_instructions_goes_round():
    lines = tuple(replace(FILE.instructions[0], end_to_end_id=f"E{n}") for n in range(2000))
    message = replace(FILE, count=2000, instructions=lines, control_sum=None)
    assert flow.read(flow.build(message, Profile.CUSTOMER), Profile.CUSTOMER) == message
