"""The ready journeys as they come with the product. Pure."""

from __future__ import annotations

from importlib import resources


def library_texts() -> list[str]:
    """The YAML of the ready journeys."""
    folder = resources.files("guanxi.journeys") / "library"
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return [file.read_text(encoding="utf-8") for file in files if file.name.endswith(".yaml")]
