"""Grades: given by hand, imported from tables, and told with what was seen."""
