"""Changing the descriptions of images, one by one or many at once, and deleting images."""
