"""Which pixels of an original a part of the result is made from, and on which scale."""

from __future__ import annotations

import math
from dataclasses import dataclass

from uploads.editing import proxies, tones
from uploads.editing.geometry import Plan, Turn
from uploads.editing.recipe import Recipe
from uploads.editing.steps import Rect


@dataclass(frozen=True, slots=True)
class View:
    """A part of a result. All is on one scale: that of `plan`.

    `source`, a rectangle of the upright picture, becomes the part once it is laid and turned; the
    tones of `worked` around it count for what it becomes.
    """

    plan: Plan
    worked: Rect
    source: Rect
    turn: Turn | None

    @classmethod
    def of(cls, plan: Plan, look: Rect, reach: int) -> View:
        """`look` is a rectangle of the result."""
        width, height = plan.laid_size(plan.kept.width, plan.kept.height)
        turn = Turn.of(plan.angle, (width, height), look) if plan.angle else None
        laid = turn.source if turn else look
        inside = plan.pose.before(laid, width, height)
        source = inside._replace(x=inside.x + plan.kept.x, y=inside.y + plan.kept.y)
        return cls(plan, around(source, reach, plan.kept), source, turn)

    @classmethod
    def all(cls, plan: Plan) -> View:
        return cls.of(plan, Rect(0, 0, *plan.size), max(plan.kept.width, plan.kept.height))

    @property
    def is_whole(self) -> bool:
        return self.worked == self.plan.kept


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of the result in full, shown with one pixel for `factor` by `factor`."""

    view: View
    factor: int

    @classmethod
    def of(cls, recipe: Recipe, look: Rect, *, width: int, height: int) -> Window:
        """For an upright original of that size; the picture has at most `proxies.SIDE` pixels a
        side.
        """
        factor = -(-max(look.width, look.height) // proxies.SIDE)
        plan = Plan.of(recipe.steps, width, height)
        wide, high = proxies.reduced(width, height, factor)
        if factor > 1:
            plan = plan.scaled(1 / factor, 1 / factor, wide, high)
        radius = tones.sigma(max(width, height)) * max(wide / width, high / height)
        reach = tones.reach(tones.groups(recipe.steps), radius)
        return cls(View.of(plan, _reduced(look, factor, *plan.size), reach), factor)


def around(rect: Rect, reach: int, limit: Rect) -> Rect:
    """The rectangle made wider by `reach` on every side, as far as `limit` goes."""
    left, top = max(limit.x, rect.x - reach), max(limit.y, rect.y - reach)
    right, bottom = min(limit.right, rect.right + reach), min(limit.bottom, rect.bottom + reach)
    return Rect(left, top, right - left, bottom - top)


def _reduced(look: Rect, factor: int, width: int, height: int) -> Rect:
    left, top = min(look.x // factor, width - 1), min(look.y // factor, height - 1)
    right = min(width, math.ceil(look.right / factor))
    bottom = min(height, math.ceil(look.bottom / factor))
    return Rect(left, top, max(1, right - left), max(1, bottom - top))
