import pytest

from uploads.filenames import display_name

NAMES = {
    "eye.jpg": "eye.jpg",
    "a/b/eye.jpg": "eye.jpg",
    "C:\\a\\eye.jpg": "eye.jpg",
    "a\\b/c\\eye.jpg": "eye.jpg",
    "../../etc/passwd": "passwd",
    "folder/": "unnamed",
    "": "unnamed",
    " \t\n": "unnamed",
    "\0\1\2": "unnamed",
    "eye\r\n.jpg": "eye.jpg",
    "eye\x7f\x85.jpg": "eye.jpg",
    "eye\u2028\u2029.jpg": "eye.jpg",
    "eye\u202e\u2066gpj.jpg": "eyegpj.jpg",
    "\ufeffeye.jpg": "eye.jpg",
    "\ud800eye\udfff.jpg": "eye.jpg",
    " eye.jpg ": "eye.jpg",
    "œil gauche été.JPG": "œil gauche été.JPG",
    "目.png": "目.png",
    "עין.png": "עין.png",
    "👁️‍🗨️.png": "👁️‍🗨️.png",
    "CON": "CON",
    "-rf": "-rf",
    "..": "..",
    '"><img src=x>.jpg': '"><img src=x>.jpg',
}


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=repr)
def test_display_name(name: str, shown: str) -> None:
    assert display_name(name) == shown


@pytest.mark.parametrize(
    ("name", "end"), [("x" * 400 + ".jpeg", "x.jpeg"), ("x" * 400, "xx"), ("a." + "x" * 400, "xx")]
)
def test_long_names_are_cut_and_keep_their_kind(name: str, end: str) -> None:
    shown = display_name(name)
    assert len(shown) == 255
    assert shown.endswith(end)
