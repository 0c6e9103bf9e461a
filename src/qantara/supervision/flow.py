"""The verbs of supervision."""

from qantara.supervision.authorities import authorities, authority, of_jurisdiction, supervises
from qantara.supervision.gathering import gather
from qantara.supervision.looking import (
    CEILING,
    TARGET,
    access_log,
    complaints,
    corridors,
    days,
    documents,
    look,
    overview,
    revisions,
    targets,
)
from qantara.supervision.reporting import Reporter, ask_for
from qantara.supervision.rules import cost
from qantara.supervision.signing import Signer, key_id
from qantara.supervision.taking import learn_keys, take_aggregates
from qantara.supervision.wording import read

__all__ = [
    "CEILING",
    "TARGET",
    "Reporter",
    "Signer",
    "access_log",
    "ask_for",
    "authorities",
    "authority",
    "complaints",
    "corridors",
    "cost",
    "days",
    "documents",
    "gather",
    "key_id",
    "learn_keys",
    "look",
    "of_jurisdiction",
    "overview",
    "read",
    "revisions",
    "supervises",
    "take_aggregates",
    "targets",
]
