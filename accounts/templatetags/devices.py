from django import template

from accounts.devices import browser_name

register = template.Library()
register.filter("browser_name", browser_name)
