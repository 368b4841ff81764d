"""Photographs as a phone's camera gives them to a page."""

from io import BytesIO

from PIL import Image
from playwright.async_api import FilePayload


def make_photo(width: int = 2400, height: int = 1800) -> FilePayload:
    """Return one; larger than what the page sends."""
    out = BytesIO()
    Image.new("RGB", (width, height), (90, 140, 90)).save(out, "JPEG")
    return FilePayload(name="photo.jpg", mimeType="image/jpeg", buffer=out.getvalue())
