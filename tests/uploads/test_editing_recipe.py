"""Recipes from outside: what is read, and what is refused where and why."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.uploads import recipes
from tests.uploads.recipes import angle, blackout, crop, flip, recipe, rotate, tone
from uploads.editing import controls, reading
from uploads.editing import recipe as recipes_module
from uploads.editing.reading import Problem
from uploads.editing.recipe import Recipe, RecipeError
from uploads.edits.wording import PROBLEMS, PROGRAMS, wrong

WIDTH, HEIGHT = 400, 300


def errors_of(data: object, width: int = WIDTH, height: int = HEIGHT) -> dict[str, Problem]:
    with pytest.raises(RecipeError) as raised:
        Recipe.parse(data, width=width, height=height)
    return raised.value.problems


def errors_in(*steps: object) -> dict[str, Problem]:
    return errors_of({"version": 1, "steps": list(steps)})


@given(recipes.steps(WIDTH, HEIGHT))
@settings(deadline=None)
def test_a_recipe_comes_back_from_json_as_it_went(steps: list[recipes.Json]) -> None:
    data = {"version": 1, "steps": steps}
    read = Recipe.parse(json.loads(json.dumps(data)), width=WIDTH, height=HEIGHT)
    assert read.to_json() == data
    assert Recipe.parse(read.to_json(), width=WIDTH, height=HEIGHT) == read


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=4),
)
OPS = st.sampled_from(["blackout", "crop", "rotate", "flip", "angle", "gamma", "sharpness"])
FIELDS = st.sampled_from(["rect", "rects", "degrees", "axis", "amount", "value", "x"])
STEPS = st.builds(lambda op, rest: {**rest, "op": op}, OPS, st.dictionaries(FIELDS, ANYTHING))


@given(ANYTHING | st.builds(lambda found: {"version": 1, "steps": found}, st.lists(STEPS)))
@settings(deadline=None)
def test_whatever_comes_is_read_or_refused_in_sentences(data: object) -> None:
    told = {"recipe": "Read."}
    try:
        Recipe.parse(data, width=WIDTH, height=HEIGHT)
    except RecipeError as error:
        told = {path: wrong(path, problem) for path, problem in error.problems.items()}
    assert told
    assert all(path and text.encode() and text[-1] == "." for path, text in told.items())


@pytest.mark.parametrize(
    ("step", "path"),
    [
        ("crop", "steps.0"),
        ({}, "steps.0.op"),
        ({"op": "paint"}, "steps.0.op"),
        ({"op": ["crop"]}, "steps.0.op"),
        ({"op": "crop"}, "steps.0.rect"),
        ({**crop(0, 0, 9, 9), "size": 3}, "steps.0.size"),
        (crop(0, 0, 0, 9), "steps.0.rect"),
        (crop(0, 0, 9, -1), "steps.0.rect"),
        (crop(-1, 0, 9, 9), "steps.0.rect"),
        (crop(0, 0, 401, 300), "steps.0.rect"),
        (crop(1, 1, 10, 300), "steps.0.rect"),
        (crop(0, 0, 9), "steps.0.rect"),
        ({"op": "crop", "rect": [0, 0, 9.0, 9]}, "steps.0.rect"),
        ({"op": "crop", "rect": [False, 0, 9, True]}, "steps.0.rect"),
        ({"op": "blackout", "rects": {}}, "steps.0.rects"),
        (blackout([0, 0, 9, 9], [0, 0, 0, 0]), "steps.0.rects.1"),
        (rotate(45), "steps.0.degrees"),
        ({"op": "rotate", "degrees": 90.0}, "steps.0.degrees"),
        ({"op": "rotate", "degrees": True}, "steps.0.degrees"),
        (flip("diagonal"), "steps.0.axis"),
        (angle(15.1), "steps.0.degrees"),
        (angle(math.nan), "steps.0.degrees"),
        (tone("brightness", 101), "steps.0.amount"),
        (tone("contrast", -math.inf), "steps.0.amount"),
        (tone("gamma", 0.1), "steps.0.value"),
        (tone("sharpness", -1), "steps.0.amount"),
        (tone("local_contrast", 10**5000), "steps.0.amount"),
        ({"op": "sharpness", "amount": "5"}, "steps.0.amount"),
        ({"op": "sharpness", "amount": True}, "steps.0.amount"),
    ],
)
def test_a_faulty_step_is_refused_at_its_field(step: Any, path: str) -> None:
    assert set(errors_in(step)) == {path}


def test_every_code_of_the_core_has_its_sentence_and_no_other() -> None:
    core = [Path(each.__file__ or "").read_text() for each in (reading, recipes_module, controls)]
    named = r'(?:Problem\(|Fault\.at\([^,]+, )"(\w+)"'
    assert {code for text in core for code in re.findall(named, text)} == set(PROBLEMS | PROGRAMS)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (None, "recipe"),
        ([], "recipe"),
        ({"version": 2, "steps": []}, "version"),
        ({"version": True, "steps": []}, "version"),
        ({"steps": []}, "version"),
        ({"version": 1}, "steps"),
        ({"version": 1, "steps": "none"}, "steps"),
        ({"version": 1, "steps": [rotate(90)] * 41}, "steps"),
        ({"version": 1, "steps": [], "author": "me"}, "author"),
    ],
)
def test_a_faulty_whole_is_refused_at_its_field(data: object, path: str) -> None:
    assert set(errors_of(data)) == {path}


def test_a_problem_tells_the_limit_and_the_value() -> None:
    told = errors_in(tone("gamma", 7), crop(0, 0, 900, 10))
    limits = {"step": "gamma", "least": 0.2, "most": 5}
    assert told["steps.0.value"] == Problem("out_of_range", {**limits, "value": 7})
    assert told["steps.1.rect"].code == "rect_outside"
    assert {**told["steps.1.rect"].values, "width": 400, "right": 900} == told[
        "steps.1.rect"
    ].values


def test_rectangles_are_counted_over_all_steps() -> None:
    half = blackout(*[[0, 0, 1, 1]] * 51)
    assert errors_in(half, half)["steps.1.rects"].values["value"] == 102
    assert errors_in(blackout(*[[0, 0, 1, 1]] * 101))["steps.0.rects"].values["value"] == 101


def test_half_a_character_can_be_told() -> None:
    told = errors_in({"op": "\ud800"}, {**rotate(90), "\udfff": 1})
    assert all((path + wrong(path, problem)).encode() for path, problem in told.items())


def test_a_canvas_that_would_not_fit_is_refused_at_the_angle() -> None:
    strip = {"version": 1, "steps": [angle(10), angle(5), tone("gamma", 2)]}
    assert errors_of(strip, 60_000, 1_600)["steps.1.degrees"].code == "canvas"
    kept = {**strip, "steps": [*strip["steps"], crop(0, 0, 6_000, 1_600)]}  # type: ignore[misc]
    assert Recipe.parse(kept, width=60_000, height=1_600)


def test_turning_back_needs_no_canvas() -> None:
    there_and_back = {"version": 1, "steps": [angle(15), angle(-15)]}
    assert Recipe.parse(there_and_back, width=60_000, height=1_600)


def test_the_largest_square_can_be_turned_by_the_largest_angle() -> None:
    parsed = Recipe.parse({"version": 1, "steps": [angle(15)]}, width=10_000, height=10_000)
    assert parsed.size(10_000, 10_000) == (12_248, 12_248)


def test_values_that_change_nothing_are_an_empty_recipe() -> None:
    nothing = [tone("brightness", 0), tone("gamma", 1), angle(0), blackout()]
    assert recipe(WIDTH, HEIGHT, *nothing).is_empty
    assert not recipe(WIDTH, HEIGHT, *nothing, rotate(90)).is_empty


@pytest.mark.parametrize(
    ("steps", "size"),
    [
        ([], (400, 300)),
        ([rotate(90)], (300, 400)),
        ([crop(10, 20, 100, 50), rotate(270), flip("vertical")], (50, 100)),
        ([rotate(90), crop(10, 20, 100, 50)], (50, 100)),
        ([crop(0, 0, 100, 100), angle(15)], (123, 123)),
    ],
)
def test_the_size_of_the_result_is_known_before(
    steps: list[recipes.Json], size: tuple[int, int]
) -> None:
    assert recipe(WIDTH, HEIGHT, *steps).size(WIDTH, HEIGHT) == size
