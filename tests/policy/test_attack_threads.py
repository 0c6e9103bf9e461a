"""The law asked from several threads of one process at once."""

import subprocess
import sys

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
