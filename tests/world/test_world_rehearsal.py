"""The rehearsal: what it compares agrees where all went well, and shows where it did not."""

from dataclasses import replace
from pathlib import Path

import pytest
from world_trials import Home, Servers

from qantara.errors import Malformed
from qantara.rails import flow as rails
from qantara.remittance.model import State
from qantara.world import rehearsal, worlds
from qantara.world.rehearsal import Side

OFFICIAL = Path(__file__).resolve().parents[3] / "shared" / "iso20022"
COUNT = 12


async def test_a_rehearsal_agrees_with_every_record_and_a_difference_is_no_success(
    servers: Servers, tmp_path: Path
) -> None:
    home = Home(tmp_path, servers(18))
    place = home.folder("rehearsed")
    schemas = OFFICIAL if OFFICIAL.is_dir() else None
    await home.server.prepare()
    await worlds.erase(home.server, place)
    async with worlds.started(home.server, place, lambda _: None) as runtime:
        done = await rehearsal.rehearse(runtime, COUNT, schemas, lambda *_: None)
    await worlds.erase(home.server, place)
    assert done.good
    assert (done.payments, dict(done.states)) == (COUNT, {State.COMPLETED.value: COUNT})
    assert set(done.by_direction.values()) == {COUNT // 6}
    assert len(done.comparisons) == 6
    assert done.judged_officially == (sum(done.messages.values()) if schemas else 0)
    first = done.comparisons[0]
    off = replace(first, reported=Side(first.reported.count - 1, first.reported.total))
    assert not replace(done, comparisons=(off, *done.comparisons[1:])).good
    assert not replace(done, defects=("pk: a defect",)).good
    assert not replace(done, states={"rejected": COUNT}).good


def test_a_folder_without_schemas_is_told(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="schemas"):
        rails.Official(tmp_path)
