"""The client against a real server: what it repeats, how it repeats it, and what it tells."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from qantara.client import AsyncClient, Client, Order, Payee, Problem, Retry, calls, plans
from qantara.client.model import Event
from qantara.client.retry import WORTH_REPEATING
from qantara.errors import Reason, Unavailable
from qantara.reasons import REASONS

QUICK = Retry(attempts=4, first_seconds=0.001, longest_seconds=2)
PAYEE = Payee("PK", "MBNO", "+923001234567")
ORDER = Order("acc_1", PAYEE, "500.00", "MYR", purpose="FAMI")
ACCOUNT = {
    "id": "acc_1",
    "number": "700000000001",
    "country": "MY",
    "currency": "MYR",
    "status": "open",
    "balance": "1.00",
    "held": "0.00",
    "available": "1.00",
    "later": 1,
}


class Door:
    """A server that answers as told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Response] = []
        self.asked: list[tuple[str, str, str | None]] = []

    async def answer(self, request: Request) -> Response:
        key = request.headers.get("idempotency-key")
        self.asked.append((request.method, request.url.path, key))
        return self.answers.pop(0)


def said(body: Any, status: int = 200, **headers: str) -> Response:
    return JSONResponse(body, status, headers)


def refusal(status: int, **headers: str) -> Response:
    body = {"code": "rate_missing", "detail": "No rate.", "iso_code": "NARR", "retryable": True}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


@contextmanager
def serving(door: Door) -> Iterator[str]:
    app = FastAPI()
    app.add_api_route("/{path:path}", door.answer, methods=["GET", "POST"])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        pass
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[Door, str]]:
    door = Door()
    with serving(door) as address:
        yield door, address


@pytest.fixture
def door(house: tuple[Door, str]) -> tuple[Door, str]:
    house[0].answers, house[0].asked = [], []
    return house


def quote(**changes: Any) -> dict[str, Any]:
    rate = {"rate": "63.2", "source": "fxp", "as_of": "2026-03-02T08:00:00.000Z"}
    sum_ = {"amount": "500.00", "currency": "MYR"}
    fee = sum_ | {"label": "example"}
    return {
        "id": "quo_1",
        "account_id": "acc_1",
        "source_country": "MY",
        "destination_country": "PK",
        "fixed": "source",
        "total_debit": sum_,
        "sender_fee": fee,
        "exchanged": sum_,
        "exchange_rate": rate,
        "mid_market_rate": rate,
        "recipient_fee": fee,
        "received": sum_,
        "total_cost_percent": "1.20",
        "issued_at": "x",
        "valid_until": "x",
        "notice": "",
        **changes,
    }


def check(state: str = "confirmed") -> dict[str, Any]:
    warning = None if state == "confirmed" else {"code": "payee_unknown", "text": "Nobody."}
    return {
        "id": "pck_1",
        "state": state,
        "country": "PK",
        "address_type": "MBNO",
        "address": PAYEE.address,
        "display_name": "S*** Q***",
        "account": None,
        "agent_bic": None,
        "warning": warning,
    }


def remittance(state: str) -> dict[str, Any]:
    sum_ = {"amount": "500.00", "currency": "MYR"}
    absent = (
        *("uetr", "payee_check_id", "payee_display_name", "purpose", "note", "reference"),
        *("accepted_at", "finished_at", "reason", "refusal"),
    )
    return {
        "id": "rem_1",
        "quote_id": "quo_1",
        "state": state,
        "final": state == "completed",
        "account_id": "acc_1",
        "destination_country": "PK",
        "exchange_rate": "63.2",
        **dict.fromkeys(("total_debit", "sender_fee", "recipient_fee", "received"), sum_),
        **dict.fromkeys(absent),
    }


def test_answers_are_records_and_unknown_fields_do_no_harm(door: tuple[Door, str]) -> None:
    there, address = door
    there.answers = [said({"data": [ACCOUNT], "has_more": False})]
    with Client(address, "key") as client:
        found = client.do(calls.accounts())
    assert (found.data[0].number, found.has_more) == ("700000000001", False)


@pytest.mark.parametrize("status", sorted(WORTH_REPEATING))
def test_a_call_is_repeated_under_the_same_key(door: tuple[Door, str], status: int) -> None:
    there, address = door
    there.answers = [refusal(status), refusal(status), said(quote())]
    with Client(address, "key", retry=QUICK) as client:
        assert client.do(calls.new_quote(ORDER)).id == "quo_1"
    assert len(there.asked) == 3
    assert len({key for _, _, key in there.asked}) == 1
    assert there.asked[0][2]


def test_what_is_refused_for_good_is_not_asked_twice(door: tuple[Door, str]) -> None:
    there, address = door
    there.answers = [refusal(422)]
    with Client(address, "key", retry=QUICK) as client, pytest.raises(Problem) as caught:
        client.do(calls.new_quote(ORDER))
    problem = caught.value
    assert (problem.status, problem.code, problem.retryable) == (422, "rate_missing", True)
    assert len(there.asked) == 1


def test_patience_ends_with_the_last_answer(door: tuple[Door, str]) -> None:
    there, address = door
    there.answers = [refusal(503) for _ in range(4)]
    with Client(address, "key", retry=QUICK) as client, pytest.raises(Problem):
        client.do(calls.accounts())
    assert len(there.asked) == 4


def test_a_wait_the_server_asks_for_is_kept_or_given_up_on() -> None:
    assert (QUICK.wait_seconds(1, "1") or 0) >= 1
    assert QUICK.wait_seconds(1, "3") is None
    assert QUICK.wait_seconds(4, None) is None
    assert 0 < (QUICK.wait_seconds(1, "soon") or 0) <= 0.001


def test_an_answer_that_is_no_problem_document_is_told_as_it_came(door: tuple[Door, str]) -> None:
    there, address = door
    there.answers = [Response(b"<html>teapot</html>", 418)]
    with Client(address, "key") as client, pytest.raises(Problem, match="teapot"):
        client.do(calls.accounts())


def test_nobody_there_is_unavailable() -> None:
    with (
        Client("http://127.0.0.1:1", "key", retry=QUICK) as client,
        pytest.raises(Unavailable, match=r"127\.0\.0\.1"),
    ):
        client.do(calls.accounts())


def test_texts_from_outside_stay_one_part_of_a_path() -> None:
    assert calls.account("../keys?x=1").path == "/v1/accounts/..%2Fkeys%3Fx%3D1"


def test_a_payment_is_three_calls_with_keys_made_of_one_word(door: tuple[Door, str]) -> None:
    there, address = door
    there.answers = [said(quote()), said(check()), said(remittance("completed"), 201)]
    with Client(address, "key") as client:
        paid = client.run(plans.pay(ORDER, "word"))
    assert paid.remittance.state == "completed"
    assert [key for _, _, key in there.asked] == ["quote/word", "check/word", "accept/word"]


def test_an_answer_from_before_the_end_is_asked_for_again(door: tuple[Door, str]) -> None:
    there, address = door
    there.answers = [said(quote()), said(check()), said(remittance("accepted"), 201)]
    there.answers.append(said(remittance("completed")))
    with Client(address, "key") as client:
        assert client.run(plans.pay(ORDER)).remittance.final


def test_a_payee_nobody_knows_is_paid_nothing(door: tuple[Door, str]) -> None:
    there, address = door
    there.answers = [said(quote()), said(check("not_found"))]
    with Client(address, "key") as client, pytest.raises(Problem) as caught:
        client.run(plans.pay(ORDER))
    assert (caught.value.code, caught.value.iso_code) == (
        "payee_unknown",
        REASONS[Reason.PAYEE_UNKNOWN].iso,
    )
    assert len(there.asked) == 2


STREAM = (
    b': alive\n\nid: 7\nevent: accepted\ndata: {"id":"rem_1","state":"accepted",'
    b'"recorded_at":"x"}\n\nid: 9\ndata: {"id":"rem_1","state":"completed",'
    b'"recorded_at":"y"}\n\n'
)
LIVE = [Event(7, "accepted", "x"), Event(9, "completed", "y")]


def streamed() -> Response:
    return StreamingResponse(iter([STREAM[:20], STREAM[20:]]), media_type="text/event-stream")


def test_live_events_are_put_together_from_their_lines(door: tuple[Door, str]) -> None:
    there, address = door
    there.answers = [streamed(), refusal(404)]
    with Client(address, "key") as client:
        assert list(client.follow("/v1/remittances/rem_1/events")) == LIVE
        with pytest.raises(Problem):
            list(client.follow("/v1/remittances/rem_2/events", after=7))


async def test_the_awaited_client_does_the_same(door: tuple[Door, str]) -> None:
    there, address = door
    async with AsyncClient(address, "key", retry=QUICK) as client:
        there.answers = [refusal(503), said({"data": [ACCOUNT], "has_more": False})]
        assert (await client.do(calls.accounts())).data[0].id == "acc_1"
        there.answers = [said(quote()), said(check()), said(remittance("completed"), 201)]
        assert (await client.run(plans.pay(ORDER))).remittance.final
        there.answers = [streamed()]
        assert [each async for each in client.follow("/v1/x/events", after=3)] == LIVE
        there.answers = [refusal(422)]
        with pytest.raises(Problem):
            await client.do(calls.new_quote(ORDER))
    async with AsyncClient("http://127.0.0.1:1", "key", retry=QUICK) as client:
        with pytest.raises(Unavailable):
            await client.do(calls.accounts())


async def test_many_calls_at_once_share_a_client(door: tuple[Door, str]) -> None:
    there, address = door
    there.answers = [said({"data": [ACCOUNT], "has_more": False}) for _ in range(50)]
    async with AsyncClient(address, "key") as client:
        found = await asyncio.gather(*(client.do(calls.accounts()) for _ in range(50)))
    assert len(found) == 50
