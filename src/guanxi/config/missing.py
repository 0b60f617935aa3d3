"""What is not there: a customer's page says so in the customers' words, any other in those of the console."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.defaults import page_not_found

from guanxi.public import pages


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return pages.missing(request) if request.path.startswith("/p/") else page_not_found(request, exception)
