"""How long names are cut for display: page and script must agree, and no word may be torn."""

import pytest

from fundus.templatetags.shown import in_two


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("1001_OD_macula.jpg", ("1001_OD_macula.jpg", "")),
        (
            "visit-of-the-third-of-may-OD-macula.jpg",
            ("visit-of-the-third-of-may-OD-", "macula.jpg"),
        ),
        ("صورة قاع العين اليمنى.jpg", ("صورة قاع العين ", "اليمنى.jpg")),
        ("x" * 30 + ".jpg", ("x" * 22, "x" * 8 + ".jpg")),
    ],
)
def test_a_name_is_cut_where_words_part(name: str, parts: tuple[str, str]) -> None:
    assert in_two(name) == parts
