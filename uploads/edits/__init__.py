"""Saved edits of images: kept, rendered by workers, previewed, told.

What an edit does to pixels is in `uploads.editing`.
"""
