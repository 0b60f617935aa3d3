"""Home: what changed since yesterday, what needs a hand."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from guanxi.console.access import page
from guanxi.staff.roles import Right


@page(right=Right.SEE)
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "console/home/home.html")


urlpatterns = [path("", home, name="home")]
