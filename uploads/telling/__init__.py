"""File names that tell who a patient is: found out, and replaced.

`uploads/static/uploads/telling.js` is its twin for the upload page, before anything is sent; the
words come to it from here, and both are tested with `tests/uploads/telling.json`.
"""

from uploads.telling.names import eye_of, neutral_name, reason
from uploads.telling.words import FIRST_NAMES, NEUTRAL

__all__ = ["FIRST_NAMES", "NEUTRAL", "eye_of", "neutral_name", "reason"]
