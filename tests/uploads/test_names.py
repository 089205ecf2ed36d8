"""By which words a file is found."""

import pytest

from uploads.filenames import search_words, searched_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("1001_OD_macula.jpg", ["1001", "od", "macula"]),
        ("IMG0042.JPEG", ["img0042", "0042", "42"]),
        ("P12od3.png", ["p12od3", "12od3", "od3", "3"]),
        ("Straße ＡＢＣ.jpg", ["strasse", "abc"]),
        ("عين ٤٢.png", ["عين", "٤٢"]),
        ("000.jpg", ["000"]),
        ("a.a.A.jpg", ["a"]),
        ("___.jpg", []),
        (".jpg", []),
    ],
)
def test_words_of_a_name(name: str, words: list[str]) -> None:
    assert search_words(name) == words


def test_long_names_stay_within_bounds() -> None:
    words = search_words("x" * 200 + "-" + "-".join(str(n) for n in range(100)))
    assert len(words) == 24
    assert max(map(len, words)) == 64


@pytest.mark.parametrize(
    ("text", "words"),
    [("1001_od", ["1001", "od"]), (" IMG0042.jpg ", ["img0042"]), ("% _ '", []), ("a A", ["a"])],
)
def test_words_looked_for(text: str, words: list[str]) -> None:
    assert searched_words(text) == words


def test_a_name_is_found_by_itself() -> None:
    name = "Müller-0042b_OS (2).JPG"
    words = search_words(name)
    assert all(any(w.startswith(each) for w in words) for each in searched_words(name))
