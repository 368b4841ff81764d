"""What a citizen's report may hold, as JSON or as a form with photographs."""

import json
from typing import Annotated, Any

from pydantic import Field, model_validator

from services.api.fields import Form, Latitude, Longitude, Prose, Short

PHOTOS_MAX = 4
PHOTO_BYTES = 8_000_000
"""A telephone's photograph; the page makes them smaller before it sends them."""

Phone = Annotated[str, Field(max_length=40, pattern=r"^[0-9+() \-]*$")]


class ReportForm(Form):
    """What, where, and (only if he wishes) who."""

    text: Prose = ""
    category: Short = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    accuracy_m: Annotated[float, Field(ge=0, le=100_000)] | None = None
    address: Short = ""
    name: Short = ""
    phone: Phone = ""

    @model_validator(mode="after")
    def _has_a_place(self) -> "ReportForm":
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat belong together")
        if not (self.text.strip() or self.category):
            raise ValueError("words or a category are needed")
        return self

    def message(self, media: tuple[str, ...], reporter: str, key: str) -> bytes:
        """Return the report as the feed `report` reads it. His name and telephone are not in it."""
        fields: dict[str, Any] = self.model_dump(exclude={"name", "phone"}, exclude_defaults=True)
        fields |= {"channel": "citizen", "media": media, "key": key}
        if reporter:
            fields["reporter"] = reporter
        return json.dumps(fields, ensure_ascii=False).encode()


def _report_body() -> dict[str, Any]:
    """Return the request body's description: the model as JSON, or the same fields as a form with `photos`."""
    schema = ReportForm.model_json_schema()
    photos = {"type": "array", "maxItems": PHOTOS_MAX, "items": {"type": "string", "format": "binary"}}
    with_photos = {**schema, "title": "ReportWithPhotos", "properties": {**schema["properties"], "photos": photos}}
    content = {"application/json": {"schema": schema}, "multipart/form-data": {"schema": with_photos}}
    return {"requestBody": {"required": True, "content": content}}


REPORT_BODY = _report_body()
