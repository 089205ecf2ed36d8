"""Gives the fields of the dashboard's filters the looks of the other forms."""

from __future__ import annotations

from django import forms, template
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def control(field: forms.BoundField) -> SafeString:
    select = isinstance(field.field.widget, forms.Select)
    return field.as_widget(attrs={"class": "form-select" if select else "form-control"})
