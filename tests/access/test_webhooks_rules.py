from datetime import timedelta
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moments import NOW
from qantara.access.webhooks import rules
from qantara.access.webhooks.model import EndpointEvent, EndpointState, Terms
from qantara.errors import Conflict, Malformed

TERMS, PRIVATE = Terms(), Terms(private=True)
INSIDE = (
    *("127.0.0.1", "127.8.9.10", "0.0.0.1", "10.0.0.1", "172.16.5.4", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
    *("198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "203.0.113.9"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1"),
    *("64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:db8::1"),
    *("2001:0:53aa:64c:0:0:80ff:fffe", "3fff::1", "5f00::1", "192.88.99.1", "100::1"),
)
OUTSIDE = ("93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8")


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside_is_never_called(address: str) -> None:
    assert not rules.is_public(address)
    assert not rules.is_allowed(["8.8.8.8", address], TERMS)
    assert rules.is_allowed([address], PRIVATE)


@pytest.mark.parametrize("address", OUTSIDE)
def test_the_open_internet_may_be_called(address: str) -> None:
    assert rules.is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_alike_in_every_notation(address: IPv4Address) -> None:
    number = int(address)
    dressed = [f"::ffff:{address}", f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}"]
    dressed.append(f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1")
    assert {rules.is_public(each) for each in dressed} == {rules.is_public(str(address))}


def test_a_host_without_addresses_is_not_called() -> None:
    assert not rules.is_allowed([], TERMS)
    assert not rules.is_allowed([], PRIVATE)


@pytest.mark.parametrize(
    "url",
    [
        *("http://app.example/hook", "ftp://app.example/", "app.example/hook", "", "https://"),
        *("https:///hook", "https://me:pass@app.example/", "https://me@app.example/"),
        *("https://app.example/#part", "https://app.example:0/", "https://app.example:99999/"),
        *("https://app.example\\@inside/", "https://app example/", "https://app.example/\n"),
        *("https://[::1/", "javascript:alert(1)", "https://app.exámple/", "file:///etc/passwd"),
        "https://app.example/" + "x" * 1100,
    ],
)
def test_a_url_that_is_no_plain_https_address_is_refused(url: str) -> None:
    with pytest.raises(Malformed):
        rules.target(url, TERMS)


def test_a_url_is_taken_apart_as_it_is_called() -> None:
    plain = rules.target("https://App.Example/a/b?c=d", TERMS)
    assert plain == ("https", "app.example", 443, "/a/b?c=d")
    assert plain.authority == "app.example"
    assert rules.target("https://[2606:2800::1]:8443", TERMS).authority == "[2606:2800::1]:8443"
    assert rules.target("http://127.0.0.1:9/x", PRIVATE) == ("http", "127.0.0.1", 9, "/x")


def test_an_endpoint_hears_what_it_asked_for() -> None:
    done = "remittance.completed"
    assert rules.hears(["*"], done)
    assert rules.hears(["payee_check.*", "remittance.*"], done)
    assert rules.hears([done], done)
    assert not rules.hears(["remittance.rejected", "payee_check.*"], done)
    assert not rules.hears(["remittance"], done)


def test_each_attempt_waits_longer_and_the_last_is_the_last() -> None:
    waits = [rules.again_at(TERMS, attempt, NOW) for attempt in range(1, 12)]
    seconds = [int((each - NOW).total_seconds()) for each in waits if each is not None]
    assert seconds == sorted(seconds)
    assert seconds == list(TERMS.backoff_seconds)
    assert waits[len(seconds) :] == [None] * (11 - len(seconds))


@given(st.integers(0, 50))
def test_a_failing_endpoint_rests_but_not_for_ever(failures: int) -> None:
    rest = rules.rest_seconds(TERMS, failures)
    assert 0 <= rest <= TERMS.rest_most_seconds
    assert (rest == 0) == (failures <= 1)


def test_an_endpoint_is_dead_after_days_without_an_answer() -> None:
    days = timedelta(seconds=TERMS.disable_after_seconds)
    assert not rules.is_dead(TERMS, None, NOW)
    assert not rules.is_dead(TERMS, NOW - days + timedelta(seconds=1), NOW)
    assert rules.is_dead(TERMS, NOW - days, NOW)


def test_asking_for_what_is_so_already_changes_nothing() -> None:
    state, event = EndpointState, EndpointEvent
    assert rules.advance(state.ENABLED, event.ENABLE) is state.ENABLED
    assert rules.advance(state.DISABLED, event.DISABLE) is state.DISABLED
    assert rules.advance(state.FAILED, event.DISABLE) is state.FAILED
    assert rules.advance(state.FAILED, event.ENABLE) is state.ENABLED
    for each in event:
        assert isinstance(rules.advance(state.DELETED, each), Conflict)
