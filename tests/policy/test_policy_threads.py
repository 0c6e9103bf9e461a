"""The law asked from several threads of one process at once."""

import subprocess
import sys
from datetime import date

from qantara.policy import flow
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.deciding import pack as packs
from qantara.policy.deciding.resolving import Key
from qantara.policy.model import Act

TOGETHER = """
import datetime, threading
from qantara.policy import flow
law, day = flow.load(flow.EXAMPLE), datetime.date(2026, 11, 1)
told = []
def ask(source, destination):
    told.extend(flow.prove(law, source, destination, day).sound for _ in range(2))
threads = [threading.Thread(target=ask, args=way) for way in (("MY", "PK"), ("FR", "MY"))]
for each in threads: each.start()
for each in threads: each.join()
print(len(told))
"""


def test_two_proofs_at_once_do_not_end_the_process():
    done = subprocess.run(  # noqa: S603 -- our own text; a crash would end this process, too
        [sys.executable, "-c", TOGETHER], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "4"), done.stderr[-400:]


class _Raced(dict):
    """Whoever looks for the oldest finds that another thread has just let it go."""

    def __iter__(self):
        keys = list(super().keys())
        self.pop(keys[0], None)
        return iter(keys)


def test_a_pack_that_another_thread_let_go_is_no_error(monkeypatch):
    monkeypatch.setattr(packs, "Pack", lambda *_given: "compiled")
    law = Rulebook([])
    law.packs = _Raced(enumerate(range(packs.MOST)))
    key = Key(Act.PAYMENT, "MY", "PK", date(2026, 11, 1))
    assert packs.pack(law, key) == "compiled"
    assert law.packs[key] == "compiled"


def test_a_renewal_does_not_reach_what_is_under_way():
    law, fresh = flow.load(), flow.load(flow.EXAMPLE)
    before, under_way = law.version, law.standing()
    law.renew(fresh)
    assert (under_way.version, law.version) == (before, fresh.version)
    assert under_way.entries is not law.entries
    assert under_way.packs is not law.packs
