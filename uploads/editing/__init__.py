"""Turn an original and a recipe into the edited picture.

`recipe` says what a recipe is and judges those from outside, `render` makes the result, the
proxy and the preview; the other modules are their parts. Nothing here knows the database, a
request or a setting.
"""
