"""Rulebook folders that are away or half there while roles run."""

import shutil

import pytest

from qantara.errors import Malformed, Reason
from qantara.policy import flow as policy


@pytest.fixture
def books(tmp_path):
    folder = tmp_path / "rulebooks"
    shutil.copytree(policy.BOOKS, folder)
    return folder


@pytest.mark.parametrize("book", ["my", "pk", "fr", "eu", "fatf"])
def test_a_country_whose_folder_is_away_does_not_become_a_country_without_law(books, book):
    shutil.rmtree(books / book)
    with pytest.raises(Malformed) as caught:
        policy.load_sound(policy.EXAMPLE, books)
    assert caught.value.reason is Reason.RULEBOOK_INVALID
    assert caught.value.facts["entry"] == book.upper()


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000])
def test_a_file_that_only_opens_is_named_and_ends_nothing(books, text):
    (books / "my" / "duitnow.yaml").write_text(text)
    with pytest.raises(Malformed) as caught:
        policy.load(None, books)
    assert caught.value.facts["file"].startswith("my/duitnow.yaml")
