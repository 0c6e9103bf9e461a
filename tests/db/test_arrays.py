from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moments import Fresh
from qantara.db.arrays import texts

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
_AWKWARD = st.sampled_from(["", "NULL", "null", "{}", "a,b", '"', "\\", '","', "{a}", " b ", "\n"])


async def test_what_is_written_is_what_the_server_reads(fresh: Fresh) -> None:
    connection = await fresh()
    statement = await connection.prepare("SELECT $1::text::text[]")

    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.one_of(_TEXT, _AWKWARD, st.none()), max_size=8))
    def collect(values: list[str | None]) -> None:
        asked.append(values)

    asked: list[list[str | None]] = [[], [None], [""], ['"'], ["a", None, 'b"', "c\\"]]
    collect()
    for values in asked:
        assert await statement.fetchval(texts(values)) == values
