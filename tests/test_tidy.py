"""The house rules that no linter knows. Every message names the file and the line."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from legal_constants import NOT_LAW, allowed, figures
from source_tree import PACKAGE, ROOT, Source, files, sources, texts

FUNCTION_LINES = 50
FILE_LINES = 400
ROOT_ENTRIES = 12
EMPTY_NAMES = frozenset(
    {
        *("service", "services", "manager", "managers", "repository", "repositories"),
        *("handler", "handlers", "helper", "helpers", "util", "utils", "base", "common", "core"),
    }
)
CLOCKS = frozenset(
    {
        *("datetime.now", "datetime.utcnow", "datetime.today", "datetime.utcfromtimestamp"),
        *("date.today", "time.time", "time.time_ns"),
    }
)
CLOCK_MAKERS = frozenset({"clock.py", "ids.py"})
DOORS = ("cli", "world", "host", "api", "worker", "edge")
QUERIES = frozenset({"execute", "executemany", "fetch", "fetchrow", "fetchval", "cursor"})
# Only db speaks SQL whose names are not known when it is written: databases and migrations; and it
# makes one statement of many that were left, each of them literal where it stands. The
# scheme's steps put the schema of the role whose payments they move, a constant, into one text.
# The auditor goes through tables of questions, each a constant.
SQL_MAKERS = (
    "db/database.py",
    "db/leaving.py",
    "db/migrate.py",
    "scheme/steps.py",
    *(f"world/audit/{name}.py" for name in ("book", "parts", "waiting")),
)
BROAD_CATCHERS = (
    "db/batcher.py",
    "edge/boundary.py",
    "worker/clerk.py",
    "worker/delivery.py",
    "worker/fanout.py",
    "worker/runner.py",
    "worker/standing_orders.py",
    "worker/webhooks.py",
)
NO_MARKS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
NO_ADDRESSES = re.compile(
    r"https?://[^\s\"'<>)]*(pypi|pythonhosted|npmjs|crates\.io|/simple\b|\.whl\b|\.tar\.gz\b)"
)
NO_WORDS = re.compile(
    r"clau" r"de|chat" r"gpt|copi" r"lot|/wo" r"rk/|as an a" r"i\b", re.IGNORECASE
)
BANNER = re.compile(r"^\s*(#|--)\s*[=#*_~-]{4,}")
STORE = re.compile(r"(\w+_)?store")
MIGRATION = re.compile(r"\d{4}_[a-z0-9_]+\.sql")


def none(findings: Iterable[str]) -> None:
    told = "\n".join(findings)
    assert not told, f"\n{told}"


def house() -> tuple[Source, ...]:
    return sources("src", "tests", "scripts")


def below(source: Source, places: Iterable[str]) -> bool:
    """Whether a file of the package is one of these files or stands in one of these folders."""
    if not source.path.is_relative_to(PACKAGE):
        return False
    inside = source.path.relative_to(PACKAGE).as_posix()
    return any(inside == place or inside.startswith(f"{place.strip('/')}/") for place in places)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def imported(source: Source) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    """Every name a file imports, dotted and absolute; `from a import b` gives `a.b`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = source.module.split(".")[: -node.level] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node, f"{module}.{alias.name}") for alias in node.names)


def test_functions_fit_a_screen() -> None:
    none(
        source.at(node, f"{node.name} has {length} lines, more than {FUNCTION_LINES}")
        for source in house()
        for node in functions(source.tree)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    )


def test_files_are_split_by_verb_or_evidence() -> None:
    none(
        f"{path.relative_to(ROOT)}:{length}: more than {FILE_LINES} lines"
        for path in files()
        if path.suffix in {".py", ".sql"} and path != ROOT / "docs" / "schema.sql"
        if (length := len(path.read_text(encoding="utf-8").splitlines())) > FILE_LINES
    )


def test_the_root_is_a_short_list() -> None:
    entries = sorted({path.relative_to(ROOT).parts[0] for path in files()})
    assert len(entries) <= ROOT_ENTRIES, entries


def test_names_say_what_a_thing_is() -> None:
    none(_empty_names())


def _empty_names() -> Iterator[str]:
    for source in house():
        if set(source.path.stem.lower().split("_")) & EMPTY_NAMES:
            yield f"{source.name}:1: the module's name says nothing"
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef):
                words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", node.name)
                if words[-1].lower() in EMPTY_NAMES or words[0].lower() == "abstract":
                    yield source.at(node, f"the name {node.name} says nothing")
    for folder in {path.parent for path in files() if path.suffix == ".py"}:
        if folder.name in EMPTY_NAMES:
            yield f"{folder.relative_to(ROOT)}:1: the package's name says nothing"


def test_time_is_made_in_one_place() -> None:
    none(
        source.at(node, f"{name}() outside clock.py")
        for source in house()
        if not below(source, CLOCK_MAKERS)
        for node, name in calls(source.tree)
        if ".".join(name.split(".")[-2:]) in CLOCKS
    )


def test_nothing_prints() -> None:
    none(
        source.at(node, "print in the package")
        for source in sources("src")
        for node, name in calls(source.tree)
        if name == "print"
    )


def test_failures_are_not_swallowed() -> None:
    none(_broad_excepts())


def _broad_excepts() -> Iterator[str]:
    for source in house():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and dotted(node.func).endswith("suppress"):
                caught = {dotted(argument) for argument in node.args}
            elif isinstance(node, ast.ExceptHandler):
                kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
                caught = {dotted(kind) if kind else "BaseException" for kind in kinds}
            else:
                continue
            allowed = {"Exception"} if below(source, BROAD_CATCHERS) else set()
            if caught & {"Exception", "BaseException"} - allowed:
                yield source.at(node, "broad except outside batcher, worker and ASGI edge")


def test_stores_are_private() -> None:
    none(_borrowed_stores())


def _borrowed_stores() -> Iterator[str]:
    for source in sources("src"):
        for node, name in imported(source):
            parts = name.split(".")
            stores = [place for place, part in enumerate(parts) if STORE.fullmatch(part)]
            if parts[0] == "qantara" and stores:
                owner = ".".join(parts[: stores[0]])
                if not source.module.startswith(f"{owner}."):
                    yield source.at(node, f"{name} is private to {owner}")


def test_imports_stand_at_the_top() -> None:
    none(
        source.at(node, "import inside a function")
        for source in house()
        for function in functions(source.tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    )


def _literal(node: ast.AST, known: frozenset[str]) -> bool:
    """Whether a text is made of nothing but literals of this module."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, str)
        case ast.Name(id=name):
            return name in known
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = [left, right]
        case ast.IfExp(body=left, orelse=right):
            parts = [left, right]
        case ast.Call(func=ast.Attribute(value=left, attr="join"), args=[right]):
            parts = [left, right]
        case ast.JoinedStr(values=parts) | ast.Dict(values=parts):
            pass
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            pass
        case ast.FormattedValue(value=part) | ast.Subscript(value=part) | ast.Starred(value=part):
            parts = [part]
        case _:
            return False
    return all(_literal(part, known) for part in parts)


@cache
def _literals(source: Source) -> frozenset[str]:
    known: frozenset[str] = frozenset()
    for node in source.tree.body:
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        elif isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        else:
            continue
        if _literal(value, known):
            known |= {target.id for target in targets if isinstance(target, ast.Name)}
    return known


def test_sql_is_literal() -> None:
    none(
        source.at(node, "SQL that is not made of literals alone")
        for source in sources("src")
        if not below(source, SQL_MAKERS)
        for node, name in calls(source.tree)
        if (name.split(".")[-1] in QUERIES and "." in name) or name == "Left"
        if node.args and not _literal(node.args[0], _literals(source))
    )


def test_no_query_runs_in_a_loop() -> None:
    none(
        source.at(node, "a query in a loop: give the database arrays")
        for source in sources("src")
        if STORE.fullmatch(source.path.stem) or (source.path.parent / "store.py").exists()
        for loop in ast.walk(source.tree)
        if isinstance(loop, ast.For | ast.AsyncFor | ast.While)
        for part in loop.body
        for node, name in calls(part)
        if name.split(".")[-1] in QUERIES and "." in name
    )


def test_no_float_below_a_door() -> None:
    none(
        source.at(node, "float() below a door")
        for source in sources("src")
        if not below(source, DOORS)
        for node, name in calls(source.tree)
        if name == "float"
    )


def lawful() -> Iterator[Source]:
    """The files in which a figure of law has no place: all but the home of law."""
    return (source for source in sources("src") if not below(source, ("policy",)))


def test_no_legal_constant_stands_in_code() -> None:
    none(
        source.at(node, f"{name}: a figure of law belongs in a rulebook, any other in NOT_LAW")
        for source in lawful()
        for node, name in figures(source)
        if allowed(source, name) is None
    )


def test_what_is_said_to_be_no_law_exists() -> None:
    used = {allowed(source, name) for source in lawful() for _, name in figures(source)}
    assert sorted({entry for listed in NOT_LAW.values() for entry in listed} - used) == []


@pytest.mark.parametrize(
    "text",
    [
        *("LIMIT_DAILY = 50_000", "ok = amount <= 500_00", "def pay(cap: int = 250): pass"),
        *('fee = Fee(nominal, Decimal("0.001"))', 'charge = {"fee_ratio": 0.02}'),
        *("Money(50_000_00, MYR)", 'Money.parse("50.00", MYR)', "RECALL_DAYS = 15"),
        *('take("execution_seconds", int, 20)', "until = now + wait(days=15)"),
    ],
)
def test_a_legal_constant_would_be_found(text: str) -> None:
    source = Source(PACKAGE / "wallet" / "rules.py", text, ast.parse(text))
    assert list(figures(source))


def test_rules_and_models_know_no_machine() -> None:
    banned = ("asyncpg", "os", "random", "secrets", "socket", "time", "pydantic", "qantara.db")
    none(
        source.at(node, f"{name} in {source.path.name}")
        for source in sources("src")
        if source.path.name in {"rules.py", "model.py"}
        for node, name in imported(source)
        if any(name == module or name.startswith(f"{module}.") for module in banned)
    )


def lines_matching(pattern: re.Pattern[str], said: str, suffixes: tuple[str, ...] = ()) -> None:
    none(
        f"{path.relative_to(ROOT)}:{number}: {said}"
        for path, text in texts()
        if not suffixes or path.suffix in suffixes
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    )


def test_nothing_is_left_for_later() -> None:
    lines_matching(NO_MARKS, "a mark for later", (".py", ".sql", ".toml", ".yaml", ".xml"))


def test_no_download_address_is_kept() -> None:
    lines_matching(NO_ADDRESSES, "the address of a package registry or a download")


def test_no_writing_tool_is_named() -> None:
    lines_matching(NO_WORDS, "a word of the workshop, not of the product")


def test_no_banners() -> None:
    lines_matching(BANNER, "a banner comment", (".py", ".sql", ".toml", ".yaml"))


def test_migrations_are_numbered_and_whole() -> None:
    none(_migration_faults())


def _migration_faults() -> Iterator[str]:
    folders: dict[Path, list[str]] = {}
    for path in files():
        if path.suffix != ".sql" or not path.is_relative_to(PACKAGE):
            continue
        name = path.relative_to(ROOT)
        if path.parent.name != "migrations" or not MIGRATION.fullmatch(path.name):
            yield f"{name}:1: not NNNN_name.sql in a folder named migrations"
        if not path.read_text(encoding="utf-8").endswith("\n"):
            yield f"{name}: does not end with a newline"
        folders.setdefault(path.parent, []).append(path.name)
    for folder, names in folders.items():
        numbers = [int(name[:4]) for name in sorted(names) if name[:4].isdigit()]
        if numbers != list(range(1, len(names) + 1)):
            yield f"{folder.relative_to(ROOT)}:1: numbers {numbers} do not count up from 1"
