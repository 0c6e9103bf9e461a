"""One damage to each golden message at a time: what is replaced, and what is told of it where."""

from qantara.errors import Reason

TX = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf"
RETURN = "/Document/PmtRtr/TxInf"
RECALL = "/Document/FIToFIPmtCxlReq/Undrlyg/TxInf"
ANSWER = "/Document/RsltnOfInvstgtn/CxlDtls/TxInfAndSts"
ASKED = "/Document/FIToFIPmtStsReq/TxInf"
PAGE = "/Document/BkToCstmrDbtCdtNtfctn/Ntfctn"
REQUEST = "/Document/CdtrPmtActvtnReq/PmtInf"
REPORT = "/Document/CdtrPmtActvtnReqStsRpt/OrgnlPmtInfAndSts/TxInfAndSts"
MISSING, SCHEMA, CODE = (
    Reason.MESSAGE_ELEMENT_MISSING, Reason.MESSAGE_SCHEMA, Reason.MESSAGE_CODE_UNKNOWN,
)  # fmt: skip

CASES = {
    # OCT Inst: the older edition has no AgrdRate and keeps the acceptance time at the top
    "oct-agreed-rate": (
        "oct_inst-pacs.008.001.08-source",
        "<XchgRate>(.*?)</XchgRate>",
        r"<AgrdRate><UnitCcy>EUR</UnitCcy></AgrdRate>",
        (f"{TX}/XchgRate", MISSING),
    ),
    "oct-acceptance-of-today": (
        "oct_inst-pacs.008.001.08-source",
        "<AccptncDtTm>(.*?)</AccptncDtTm>",
        r"<AddtlDtTm><AccptncDtTm>\1</AccptncDtTm></AddtlDtTm>",
        (f"{TX}/AccptncDtTm", MISSING),
    ),
    "oct-quote-form": (
        "oct_inst-pacs.008.001.08-source",
        "/QUOT/7b1e",
        "/QUOTE/7b1e",
        (f"{TX}/InstrForNxtAgt/InstrInf", SCHEMA),
    ),
    "oct-currency": (
        "oct_inst-pacs.008.001.08-source",
        'IntrBkSttlmAmt Ccy="EUR"',
        'IntrBkSttlmAmt Ccy="MYR"',
        (f"{TX}/IntrBkSttlmAmt/@Ccy", Reason.CURRENCY_UNKNOWN),
    ),
    "oct-decimals": (
        "oct_inst-pacs.008.001.08-source",
        ">100.00<",
        ">100.0<",
        (f"{TX}/InstdAmt", Reason.AMOUNT_SCALE),
    ),
    "oct-rate-to-itself": (
        "oct_inst-pacs.008.001.08-source",
        'Amt Ccy="MYR">1.50',
        'Amt Ccy="EUR">1.50',
        (f"{TX}/ChrgsInf[2]/Amt/@Ccy", Reason.CURRENCY_MISMATCH),
    ),
    "oct-rib": (
        "oct_inst-pacs.008.001.08-source",
        "FR1420041010050500013M02606",
        "FR1420041010050500013M0260",
        (f"{TX}/DbtrAcct/Id", SCHEMA),
    ),
    "oct-order": (
        "oct_inst-pacs.008.001.08-destination",
        "(<UltmtDbtr>.*?</UltmtDbtr>)(<Dbtr>.*?</Dbtr>)",
        r"\2\1",
        (f"{TX}/UltmtDbtr", SCHEMA),
    ),
    "oct-original": (
        "oct_inst-pacs.002.001.10-accc",
        "pacs.008.001.08",
        "pacs.008.001.13",
        ("/Document/FIToFIPmtStsRpt/TxInfAndSts/OrgnlGrpInf/OrgnlMsgNmId", CODE),
    ),
    # domestic transfers
    "sct-service": (
        "sct_inst-pacs.008.001.08",
        "<Cd>INST</Cd>",
        "<Cd>CORE</Cd>",
        (f"{TX}/PmtTpInf/LclInstrm/Cd", CODE),
    ),
    "sct-no-service": (
        "sct_inst-pacs.008.001.08",
        "<SvcLvl>.*?</SvcLvl>",
        "",
        (f"{TX}/PmtTpInf/SvcLvl", MISSING),
    ),
    "sct-bearer": ("sct_inst-pacs.008.001.08", ">SLEV<", ">SHAR<", (f"{TX}/ChrgBr", CODE)),
    "sct-address": (
        "sct_inst-pacs.008.001.08",
        "<TwnNm>Paris",
        f"<TwnNm>{'x' * 36}",
        (f"{TX}/Cdtr/PstlAdr/TwnNm", SCHEMA),
    ),
    "raast-currency": (
        "raast_domestic-pacs.008.001.13",
        'Ccy="PKR"',
        'Ccy="MYR"',
        (f"{TX}/IntrBkSttlmAmt/@Ccy", Reason.CURRENCY_UNKNOWN),
    ),
    "raast-fee": (
        "raast_domestic-pacs.008.001.13",
        "<ChrgBr>SLEV</ChrgBr>",
        '<ChrgBr>SLEV</ChrgBr><ChrgsInf><Amt Ccy="PKR">1.00</Amt></ChrgsInf>',
        (f"{TX}/ChrgsInf", SCHEMA),
    ),
    "raast-other-agent": (
        "raast_domestic-pacs.008.001.13",
        "<InstdAgt><FinInstnId><BICFI>RAVIPKK0",
        "<InstdAgt><FinInstnId><BICFI>SAPPPKK0",
        (f"{TX}/InstdAgt/FinInstnId/BICFI", SCHEMA),
    ),
    "raast-iban": (
        "raast_domestic-pacs.008.001.13",
        "<IBAN>PK70RAVI0000000011223344</IBAN>",
        "<Othr><Id>11223344</Id></Othr>",
        (f"{TX}/CdtrAcct/Id", SCHEMA),
    ),
    "duitnow-no-payee": (
        "duitnow_domestic-pacs.008.001.13",
        "<CdtrAcct>.*?</CdtrAcct>",
        "",
        (f"/BusMsg{TX}/CdtrAcct", MISSING),
    ),
    "duitnow-channel": (
        "duitnow_domestic-pacs.008.001.13",
        "110ODM",
        "010ODM",
        ("/BusMsg/AppHdr/BizMsgIdr", SCHEMA),
    ),
    # enquiries
    "enquiry-long-name": (
        "sct_inst-acmt.023.001.04",
        "Clare Dubois",
        "x" * 141,
        ("/Document/IdVrfctnReq/Vrfctn/PtyAndAcctId/Pty/Nm", SCHEMA),
    ),
    "enquiry-order": (
        "sct_inst-acmt.023.001.04",
        "(<Pty><Nm>.*?</Pty>)(<Acct>.*?</Acct>)",
        r"\2\1",
        ("/Document/IdVrfctnReq/Vrfctn/PtyAndAcctId/Pty", SCHEMA),
    ),
    "match-without-account": (
        "sct_inst-acmt.024.001.04-nmtc",
        "<Vrfctn>true</Vrfctn><Rsn><Cd>NMTC",
        "<Vrfctn>false</Vrfctn><Rsn><Cd>MTCH",
        ("/Document/IdVrfctnRpt/Rpt/Rsn/Cd", SCHEMA),
    ),
    # status requests
    "028-missing": (
        "nexus-pacs.028.001.06",
        "<OrgnlUETR>.*?</OrgnlUETR>",
        "",
        (f"{ASKED}/OrgnlUETR", MISSING),
    ),
    "028-order": (
        "nexus-pacs.028.001.06",
        "(<OrgnlEndToEndId>.*?)(<OrgnlTxId>.*?)(<OrgnlUETR>)",
        r"\2\1\3",
        (f"{ASKED}/OrgnlTxId", SCHEMA),
    ),
    "028-original": (
        "nexus-pacs.028.001.06",
        "<OrgnlMsgNmId>pacs.008.001.13",
        "<OrgnlMsgNmId>pacs.003.001.08",
        (f"{ASKED}/OrgnlGrpInf/OrgnlMsgNmId", CODE),
    ),
    # money given back
    "004-reason": (
        "nexus-pacs.004.001.14",
        ">FOCR<",
        ">QQQQ<",
        (f"{RETURN}/RtrRsnInf/Rsn/Cd", CODE),
    ),
    "004-no-reason": (
        "nexus-pacs.004.001.14",
        "<RtrRsnInf>.*</RtrRsnInf>",
        "",
        (f"{RETURN}/RtrRsnInf", MISSING),
    ),
    "004-currency": (
        "nexus-pacs.004.001.14",
        'RtrdIntrBkSttlmAmt Ccy="PKR"',
        'RtrdIntrBkSttlmAmt Ccy="MYR"',
        (f"{RETURN}/RtrdIntrBkSttlmAmt/@Ccy", Reason.CURRENCY_MISMATCH),
    ),
    "004-more": (
        "nexus-pacs.004.001.14",
        "(<RtrdIntrBkSttlmAmt[^>]*>)",
        r"\g<1>9",
        (f"{RETURN}/RtrdIntrBkSttlmAmt", SCHEMA),
    ),
    "004-euro-only": (
        "sct_inst-pacs.004.001.10",
        'OrgnlIntrBkSttlmAmt Ccy="EUR"',
        'OrgnlIntrBkSttlmAmt Ccy="PKR"',
        (f"{RETURN}/OrgnlIntrBkSttlmAmt/@Ccy", Reason.CURRENCY_UNKNOWN),
    ),
    "004-long": (
        "sct_inst-pacs.004.001.10",
        "As you asked",
        "y" * 106,
        (f"{RETURN}/RtrRsnInf/AddtlInf", SCHEMA),
    ),
    # recalls
    "056-reason": (
        "sct_inst-camt.056.001.11",
        ">FRAD<",
        ">AC04<",
        (f"{RECALL}/CxlRsnInf/Rsn/Cd", CODE),
    ),
    "056-case": (
        "sct_inst-camt.056.001.11",
        "<Case>.*?</Case>",
        "",
        ("/Document/FIToFIPmtCxlReq/Case", MISSING),
    ),
    "056-zero": (
        "sct_inst-camt.056.001.11",
        ">850.00<",
        ">0.00<",
        (f"{RECALL}/OrgnlIntrBkSttlmAmt", Reason.AMOUNT_NOT_POSITIVE),
    ),
    "029-outcome": (
        "nexus-camt.029.001.13-cncl",
        ">CNCL<",
        ">MODI<",
        ("/Document/RsltnOfInvstgtn/Sts/Conf", CODE),
    ),
    "029-no-reason": (
        "nexus-camt.029.001.13-rjcr",
        "<CxlStsRsnInf>.*</CxlStsRsnInf>",
        "",
        (f"{ANSWER}/CxlStsRsnInf/Rsn/Cd", MISSING),
    ),
    "029-reason": (
        "nexus-camt.029.001.13-rjcr",
        ">CUST<",
        ">DUPL<",
        (f"{ANSWER}/CxlStsRsnInf/Rsn/Cd", CODE),
    ),
    "029-agreed-with-reason": (
        "nexus-camt.029.001.13-rjcr",
        ">RJCR<",
        ">CNCL<",
        (f"{ANSWER}/CxlStsRsnInf/Rsn/Cd", SCHEMA),
    ),
    # notifications
    "054-total": (
        "nexus-camt.054.001.11",
        "<TtlNtries><NbOfNtries>2<",
        "<TtlNtries><NbOfNtries>4<",
        (f"{PAGE}/TxsSummry/TtlNtries/NbOfNtries", SCHEMA),
    ),
    "054-sum": (
        "nexus-camt.054.001.11",
        "<Sum>120.50</Sum>",
        "<Sum>120.51</Sum>",
        (f"{PAGE}/TxsSummry/TtlCdtNtries/Sum", SCHEMA),
    ),
    "054-net": (
        "nexus-camt.054.001.11",
        "<CdtDbtInd>DBIT</CdtDbtInd></TtlNetNtry>",
        "<CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry>",
        (f"{PAGE}/TxsSummry/TtlNtries/TtlNetNtry/CdtDbtInd", SCHEMA),
    ),
    "054-family": (
        "nexus-camt.054.001.11",
        "<Cd>RRCT</Cd>",
        "<Cd>IRCT</Cd>",
        (f"{PAGE}/Ntry[2]/BkTxCd/Domn/Fmly/Cd", SCHEMA),
    ),
    "054-not-final": (
        "nexus-camt.054.001.11",
        "<Prtry>BLCK",
        "<Prtry>ACTC",
        (f"{PAGE}/Ntry[4]/Sts/Prtry", CODE),
    ),
    "054-currency": (
        "nexus-camt.054.001.11",
        "<Ccy>MYR</Ccy>",
        "<Ccy>USD</Ccy>",
        (f"{PAGE}/Acct/Ccy", Reason.CURRENCY_UNKNOWN),
    ),
    "054-quote": (
        "nexus-camt.054.001.11",
        "<Ref>7b1e",
        "<Ref>7B1E",
        (f"{PAGE}/Ntry[1]/NtryDtls/TxDtls/Refs/Prtry/Ref", SCHEMA),
    ),
    # requests to be paid
    "013-expiry": (
        "raast_domestic-pain.013.001.11",
        "<XpryDt>.*?</XpryDt>",
        "",
        (f"{REQUEST}/XpryDt", MISSING),
    ),
    "013-expired": (
        "raast_domestic-pain.013.001.11",
        "<XpryDt><DtTm>2026-03-05",
        "<XpryDt><DtTm>2026-03-01",
        (f"{REQUEST}/XpryDt/DtTm", SCHEMA),
    ),
    "013-local-time": (
        "raast_domestic-pain.013.001.11",
        "<XpryDt><DtTm>.*?<",
        "<XpryDt><DtTm>2026-03-05T08:00:00+05:00<",
        (f"{REQUEST}/XpryDt/DtTm", Reason.TIME_MALFORMED),
    ),
    "013-currency": (
        "raast_domestic-pain.013.001.11",
        'Ccy="PKR"',
        'Ccy="EUR"',
        (f"{REQUEST}/CdtTrfTx/Amt/InstdAmt/@Ccy", Reason.CURRENCY_UNKNOWN),
    ),
    "013-account": (
        "raast_domestic-pain.013.001.11",
        "PK41SAPP0000007001000777",
        "PK41SAPP000000700100077",
        (f"{REQUEST}/DbtrAcct/Id", SCHEMA),
    ),
    "013-cheque": (
        "duitnow_domestic-pain.013.001.11",
        ">TRF<",
        ">CHK<",
        (f"/BusMsg{REQUEST}/PmtMtd", CODE),
    ),
    "014-status": ("raast_domestic-pain.014.001.11", ">RJCT<", ">ACCC<", (f"{REPORT}/TxSts", CODE)),
    "014-no-reason": (
        "raast_domestic-pain.014.001.11",
        "<StsRsnInf>.*</StsRsnInf>",
        "",
        (f"{REPORT}/StsRsnInf/Rsn/Cd", MISSING),
    ),
}
