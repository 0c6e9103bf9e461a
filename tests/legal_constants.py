"""Figures in code that could be law: every one is judged here, or stands in a rulebook.

What is looked at: a number given to, or compared with, a name that speaks of a limit, a price or
(in products) a time; and amounts, shares and rates written as literals.
"""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from source_tree import PACKAGE, Source

_LIMITS = (
    *("limit", "limits", "threshold", "thresholds", "maximum", "maxima", "max", "minimum", "min"),
    *("most", "least", "largest", "smallest", "longest", "cap", "caps", "ceiling", "floor"),
    *("fee", "fees", "rate", "rates", "ratio", "share", "percent", "bps", "spread", "margin"),
    *("markup", "charge", "charges", "levy", "tax", "penalty", "capital", "quota", "tariff"),
    *("amount", "amounts", "balance", "minor", "major", "nominal"),
)
_TIMES = ("seconds", "minutes", "hours", "days", "months", "years", "validity", "retention")
_SIZES = {"bytes", "length", "digits", "decimals", "count", "path", "version"}
"""A name with one of these speaks of a text, a file or a program, and not of money or law."""
_FIGURES = {"Decimal", "Fee", "Fraction", "Money", "Rate", "Ratio", "int", "timedelta"}
_NEUTRAL = {-1, 0, 1, "0", "1"}
MACHINERY = (
    *("access", "api", "cli", "client", "db", "edge", "telemetry", "web", "worker", "world"),
)
"""Packages whose times are those of programs: keys, retries, polling."""
NOT_LAW = {
    "rows of a page, or of one batch": (
        *("api/*:limit", "ledger/flow.py:limit", "payees/asking.py:DUE_LIMIT"),
        *("remittance/case_model.py:limit", "remittance/returned.py:_LIMIT"),
        *("web/policies.py:_MOST", "domestic/own_account_store.py:MOST"),
        *("ledger/charting.py:*_LIMIT", "remittance/daily.py:PAYMENTS_LIMIT"),
        *("scheme/*:limit", "scheme/desk/moving.py:_LIMIT", "scheme/ips/*:EXPIRE_LIMIT"),
        *("scheme/sap/reminding.py:LIMIT", "db/batcher.py:CAP", "rails/pacs002.py:MOST_TEXTS"),
        *("wallet/statements.py:MOST_LINES", "api/request_shapes.py:MOST_PARTS"),
        *("edge/disputing.py:WORDS_LONGEST", "web/app/splitting.py:MOST"),
        "disputes/model.py:limit",
        *("disputes/model.py:FILES_MOST", "web/console/levels.py:ACCOUNTS_MOST"),
        "onboarding/deciding.py:DUE_LIMIT",
        *("rails/schemas.py:MOST_DEFECTS", "scheme/gateway/reconciliation.py:_MOST_DAYS"),
    ),
    "characters or bytes of a text or a message": (
        *("ussd/menus.py:_MOVE_MOST", "ussd/rules.py:SEPTETS_MOST", "ussd/rules.py:UNITS_MOST"),
        "ussd/rules.py:OPTION_MOST",
        *("access/rules.py:PRESENTED_LONGEST", "access/webhooks/rules.py:URL_LONGEST"),
        *(
            "edge/calls.py:_ASKED_LONGEST",
            "edge/calls.py:_KEY_LONGEST",
            "host/corridor_terms.py:_NUMBER_LONGEST",
        ),
        *("parties/rules.py:_NAME_LONGEST", "rails/cases.py:TEXT_MAX", "rails/dialect.py:*_CAP"),
        *("web/counter/taking_in.py:_LONGEST", "web/policy_questions.py:_LONGEST"),
        *("web/forms.py:_FIELDS_MOST", "web/live.py:_LONGEST"),
        *("access/credentials/ceremonies.py:ANSWER_LONGEST", "edge/passkeys.py:LABEL_LONGEST"),
        *("edge/signing_in.py:ALIAS_LONGEST", "onboarding/rules.py:_TEXT_LONGEST"),
        *("rails/remains.py:_CAP", "scheme/letters.py:TEXT_MAX", "rails/qr/*:*LONGEST*"),
        *("cli/policy.py:LONGEST", "cli/policy_regimes.py:MOST"),
        *("edge/statement_files.py:_LONGEST", "rails/qr/picture.py:LARGEST_PIXELS"),
        *("parties/finding.py:WORDS_MOST", "edge/disputing.py:WORDS_LONGEST"),
        "web/app/join_fields.py:LONGEST",
    ),
    "how much one program asks of another, or of a machine": (
        *("access/webhooks/model.py:endpoints_most", "api/webhooks.py:TYPES_MOST"),
        *(
            "cli/commands.py:max",
            "cli/commands.py:min",
            "edge/limits.py:CAP",
            "edge/limits.py:Rate",
        ),
        "cli/supervision.py:max",
        *("web/live.py:TOPICS_MOST", "web/streams.py:WAITING_MOST"),
        "web/streams.py:PER_SESSION_MOST",
        *("host/runtime.py:GC_THRESHOLDS", "edge/attempts.py:MOST", "wallet/pots.py:MOST_OPEN"),
        *("wallet/requesting.py:MOST_OPEN", "web/app/splitting.py:MOST"),
    ),
    "how long programs wait, and how long their keys and signatures are good": (
        *("access/webhooks/model.py:rest_most_seconds", "api/keys.py:OVERLAP_MOST_SECONDS"),
        *("client/retry.py:longest_seconds", "edge/prefer.py:WAIT_LONGEST_SECONDS"),
        "access/credentials/model.py:lock_longest_seconds",
        *("host/*:*_SECONDS", "host/nodes.py:check_seconds", "host/nodes.py:overdue_seconds"),
        *("host/nodes.py:lookup_seconds", "host/nodes.py:reminder_seconds"),
        "ussd/model.py:SESSION_SECONDS",
        *("host/tls.py:LIFE_DAYS", "host/tls.py:minutes", "webhook.py:TOLERANCE_SECONDS"),
        *("remittance/node.py:RESEND_SECONDS", "remittance/node.py:check_seconds"),
        *("remittance/node.py:overdue_seconds", "scheme/ips/node.py:lookup_seconds"),
        *("scheme/ips/node.py:reminder_seconds", "scheme/ips/payments.py:seconds"),
        *("scheme/ips/rejections.py:ENDLESS_SECONDS", "scheme/sap/model.py:reminder_seconds"),
    ),
    "invented amounts that show what a component looks like": ("web/console/gallery.py:Money",),
    "the widest number that is carried": ("ledger/model.py:AMOUNT_MAX",),
    "what is impossible, whatever the law": (
        "access/credentials/rules.py:_DISTINCT_LEAST",
        "access/credentials/rules.py:_DOUBLINGS_MOST",
        *("parties/rules.py:AGE_IMPOSSIBLE_YEARS", "remittance/quoting.py:COST_LEAST_PERCENT"),
        "scheme/gateway/reference.py:_BPS_MOST",
    ),
    "what a check of the books itself must reach": ("cli/policy_trials.py:LEAST_CAUGHT",),
    "the clock of a country that a code is read by": ("rails/qr/values.py:hours",),
    "arithmetic: seconds of a day, parts of a whole, half a minor unit": (
        *("ledger/evidence.py:_DAY_SECONDS", "scheme/desk/model.py:DAY_SECONDS"),
        *("scheme/rules.py:BPS", "remittance/rules.py:percent"),
        *("remittance/rules.py:Fraction", "scheme/gateway/rules.py:Fraction"),
    ),
    "an institution's or a provider's own terms, labelled example": (
        *("host/nodes.py:code_seconds", "remittance/node.py:code_seconds"),
        *("onboarding/model.py:age_least_years", "onboarding/model.py:code_seconds"),
        *("onboarding/model.py:keep_days", "onboarding/model.py:review_days"),
        *("host/corridor_terms.py:validity_seconds", "remittance/node.py:validity_seconds"),
        *("host/nodes.py:check_age_seconds", "remittance/node.py:check_age_seconds"),
        *("remittance/node.py:EXECUTION_SECONDS", "remittance/node.py:RECALL_DAYS"),
        *("remittance/node.py:CASH_CODE_SECONDS", "remittance/node.py:CASH_PICKUP_SECONDS"),
        *("host/corridor_terms.py:review_seconds", "remittance/node.py:review_seconds"),
        *("host/corridor_terms.py:case_seconds", "remittance/node.py:case_seconds"),
        *("host/nodes.py:dispute_*_days", "remittance/node.py:dispute_*_days"),
        "wallet/requesting.py:LONGEST_DAYS",
        *("remittance/own_fx.py:RATE_AGE_SECONDS", "remittance/quoting.py:MID_AGE_SECONDS"),
        *("remittance/node.py:SHARED_LEAST", "supervision/reporting.py:LOOK_BACK_DAYS"),
        *("scheme/fxp/model.py:spread_bps", "scheme/fxp/model.py:step_bps"),
        "scheme/fxp/model.py:rate_validity_seconds",
    ),
    "a simulator's clock for which no scheme publishes a figure, labelled example": (
        *("scheme/gateway/model.py:acceptance_stale_seconds", "host/nodes.py:time_out_seconds"),
        *("scheme/gateway/model.py:clock_skew_seconds", "scheme/gateway/model.py:time_out_seconds"),
        *("scheme/desk/model.py:answer_seconds", "scheme/desk/model.py:expiry_seconds"),
        *("scheme/desk/model.py:return_seconds", "scheme/desk/model.py:close_seconds"),
        *("scheme/ips/node.py:high_seconds", "scheme/ips/node.py:norm_seconds"),
        "scheme/ips/node.py:inside_seconds",
    ),
    "invented people, their money, and the worlds that are played": ("world/*:*",),
}
"""Why a figure is no law, and where: file and name, with `*` for any text."""


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z]+", name.lower()))


def _name(node: ast.AST | None) -> str:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name) | ast.arg(arg=name):
            return name
        case ast.Constant(value=str(name)):
            return name if name.isidentifier() else ""
        case ast.Subscript(slice=inner):
            return _name(inner)
        case _:
            return ""


def _has_figure(node: ast.AST | None) -> bool:
    """Whether a number stands in it as such, other than 0 and 1."""
    match node:
        case ast.Constant(value=bool()):
            return False
        case ast.Constant(value=int() | float() as value):
            return value not in _NEUTRAL
        case ast.UnaryOp(operand=inner):
            return _has_figure(inner)
        case ast.BinOp(left=left, right=right):
            return _has_figure(left) or _has_figure(right)
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return any(map(_has_figure, parts))
        case ast.Dict(values=parts) | ast.BoolOp(values=parts):
            return any(map(_has_figure, parts))
        case ast.IfExp(body=body, orelse=orelse):
            return _has_figure(body) or _has_figure(orelse)
        case ast.Lambda(body=body):
            return _has_figure(body)
        case ast.Call() if _name(node.func) in {*_FIGURES, "field"}:
            return _written(node) or any(_has_figure(word.value) for word in node.keywords)
        case _:
            return False


def _written(call: ast.Call) -> bool:
    """Whether an amount, a share or a span is made of a literal."""
    texts = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    figures = [text for text in texts if re.fullmatch(r"[-+0-9._]+", text)]
    return any(map(_has_figure, call.args)) or any(text not in _NEUTRAL for text in figures)


def _given(node: ast.AST) -> Iterator[tuple[str, ast.AST | None]]:
    """Every name with what is given to it, or held against it."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((_name(target), value) for target in targets)
        case ast.AnnAssign(target=target, value=value) | ast.AugAssign(target=target, value=value):
            yield _name(target), value
        case ast.NamedExpr(target=target, value=value):
            yield _name(target), value
        case ast.keyword(arg=str(name), value=value):
            yield name, value
        case ast.Dict(keys=keys, values=values):
            yield from ((_name(key), value) for key, value in zip(keys, values, strict=True))
        case ast.Compare(left=left, comparators=others):
            sides = [left, *others]
            yield from ((_name(one), side) for one in sides for side in sides if side is not one)
        case ast.arguments():
            plain = [*node.posonlyargs, *node.args]
            backwards = zip(reversed(plain), reversed(node.defaults), strict=False)
            named = zip(node.kwonlyargs, node.kw_defaults, strict=True)
            yield from ((_name(name), value) for name, value in (*backwards, *named))
        case ast.Call(args=[ast.Constant(value=str()) as key, *rest]):
            yield from ((_name(key), value) for value in rest)
        case _:
            return


def figures(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Each figure of a file that could be law, with the name it belongs to."""
    inside = source.path.relative_to(PACKAGE).parts
    asked = {*_LIMITS} if inside[0] in MACHINERY else {*_LIMITS, *_TIMES}
    for node in ast.walk(source.tree):
        for name, value in _given(node):
            words = _words(name)
            if words & asked and not words & _SIZES and _has_figure(value):
                yield value or node, name
        if isinstance(node, ast.Call):
            made = _name(node.func)
            if made == "parse":
                made = _name(getattr(node.func, "value", None))
            if made in _FIGURES - {"int", "timedelta"} and _written(node):
                yield node, made


def allowed(source: Source, name: str) -> str | None:
    """The entry of `NOT_LAW` that a figure stands under."""
    key = f"{source.path.relative_to(PACKAGE).as_posix()}:{name}"
    entries = (entry for listed in NOT_LAW.values() for entry in listed)
    return next((entry for entry in entries if fnmatchcase(key, entry)), None)
