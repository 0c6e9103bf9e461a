"""What several pages show: the goal for costs, and what other institutions told."""

from collections.abc import Iterable

from qantara.supervision import flow
from qantara.supervision.model import Authority, Document, Row, Target
from qantara.web.policies import law_of
from qantara.web.regulator.spans import Span
from qantara.web.visits import Visit


def authority_of(visit: Visit) -> Authority | None:
    """For whom this person looks."""
    return flow.authorities().get(visit.caller.principal.subject or "")


def goal_of(visit: Visit, span: Span) -> Target | None:
    return flow.targets(law_of(visit), span.last).get(flow.TARGET)


def told_by_others(documents: Iterable[Document], role: str) -> dict[str, list[Row]]:
    """The rows of the newest day that each other institution told."""
    found: dict[str, list[Row]] = {}
    for each in documents:
        if each.aggregate.issuer != role:
            found.setdefault(each.aggregate.issuer, list(each.aggregate.rows))
    return found
