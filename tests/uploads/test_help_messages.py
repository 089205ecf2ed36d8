"""Every sentence that the pages about stored images can refuse something with is in the help."""

from __future__ import annotations

import ast
import html
import re
from pathlib import Path

import pytest

from accounts.models import User
from tests import cast
from uploads.edits.wording import PROBLEMS

UPLOADS = Path(__file__).resolve().parents[2] / "uploads"
MODULES = [
    "changeforms.py", "changing/rules.py", "editforms.py", "gradeforms.py", "grading/sheets.py",
    "models/changes.py", "views/bulk.py", "views/editing.py", "views/exporting.py",
    "views/gradeimport.py", "views/previewing.py",
    "views/grading.py", "views/metadata.py", "views/selected.py",
]  # fmt: skip
# Labels, good news, and what is part of another sentence.
NO_COMPLAINTS = {
    "(unchanged)", "Mydriatic", "Non Mydriatic", "Pre-graded", "Not pre-graded", "nothing",
    "Saved for %(name)s: %(grade)s", "Saved: %(fields)s.", "Original", "Edited", "Restored",
    "Changed %(n)s image.", "Restored %(n)s image.", "Review and undo", "%(n)s grade saved.",
    "None", "90° clockwise", "180°", "90° anticlockwise", "Turn", "Flip left to right",
    "Flip top to bottom", "Crop", "Black-out rectangles",
    "Row", "File name", "Grade", "Problem", "Detail",
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\((\w+)\)[.\d]*[sdf]")
TRANSLATED = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}


def sentences(module: str) -> list[str]:
    """Texts to be translated, plural forms where there are two."""
    found = []
    for node in ast.walk(ast.parse((UPLOADS / module).read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in TRANSLATED:
            texts = [each.value for each in node.args[:2] if isinstance(each, ast.Constant)]
            found.append((str(texts[0]), str(texts[-1])))
    return [plural for one, plural in found if one not in NO_COMPLAINTS]


def pattern(sentence: str) -> str:
    """Whatever stands for what differs each time."""
    parts = PLACEHOLDER.split(sentence)[::2]
    return r"[\d,.]*…?".join(re.escape(part) for part in parts)


@pytest.fixture
def troubleshooting(alice: User) -> str:
    page = cast.signed_in(alice).get("/help/troubleshooting").content.decode()
    return html.unescape(page)


@pytest.mark.parametrize("module", MODULES)
def test_every_refusal_is_explained(troubleshooting: str, module: str) -> None:
    wanted = sentences(module)
    assert [each for each in wanted if not re.search(pattern(each), troubleshooting)] == []


@pytest.mark.parametrize("code", PROBLEMS)
def test_everything_that_can_be_wrong_with_an_edit_is_explained(
    troubleshooting: str, code: str
) -> None:
    assert re.search(pattern(str(PROBLEMS[code])), troubleshooting)


def test_the_search_finds_sentences() -> None:
    assert "Choose a grade" in sentences("gradeforms.py")
    assert len(sentences("grading/sheets.py")) > 10


LIMITS = [
    "Select at most 50 images", "undone as a whole for 24 hours", "up to 2 MB and 5,000 rows",
    "up to 1,000 characters", "pages of 48 photographs", "more than 5,000 rows",
]  # fmt: skip


@pytest.mark.parametrize("said", LIMITS)
def test_limits_are_printed(alice: User, said: str) -> None:
    client = cast.signed_in(alice)
    pages = [client.get(f"/help/{name}").content.decode() for name in ("dashboard", "editing")]
    assert any(said in html.unescape(page) for page in pages)
