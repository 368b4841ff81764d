"""What a citizen's report may hold, as JSON or as a form with photographs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from services.api.fields import Form, Latitude, Longitude, Prose, Short, refuse_nul

PHOTOS_MAX = 4
PHOTO_BYTES = 8_000_000
"""A telephone's photograph; the page makes them smaller before it sends them."""

Phone = Annotated[str, Field(max_length=40, pattern=r"^[0-9+() \-]*$")]


ANSWERS_MAX = 40
"""Twice as many as one category may ask."""
ANSWERS_LENGTH_MAX = 4_000
"""Characters of all answers: with the words they are one text of a message (10,000)."""


def _as_mapping(said: object) -> object:
    """Return the answers of a form (JSON in one field) as those of a JSON body; one answer is a list of one."""
    if isinstance(said, str):
        try:
            said = json.loads(said)
        except (ValueError, RecursionError):
            raise ValueError("an object of answers is meant") from None
    if isinstance(said, dict):
        return {code: [answer] if isinstance(answer, str) else answer for code, answer in said.items()}
    return said


def _are_short(answers: Mapping[str, Sequence[str]] | None) -> Mapping[str, Sequence[str]] | None:
    if answers and sum(len(each) for given in answers.values() for each in given) > ANSWERS_LENGTH_MAX:
        raise ValueError(f"all answers together have at most {ANSWERS_LENGTH_MAX} characters")
    return answers


Code = Annotated[str, Field(max_length=64), AfterValidator(refuse_nul)]
Answer = Annotated[str, Field(max_length=2_000), AfterValidator(refuse_nul)]
Answers = Annotated[
    Annotated[Mapping[Code, Annotated[tuple[Answer, ...], Field(max_length=50)]], Field(max_length=ANSWERS_MAX)] | None,
    Field(
        description="Answers by the question's code, one or several. In a form: one field that holds this as JSON. "
        "Where it is left out nothing is asked for; where it is there, all that the questions require must be in "
        "it"
    ),
    BeforeValidator(_as_mapping),
    AfterValidator(_are_short),
]


@dataclass(frozen=True, slots=True)
class Meant:
    """What a form's codes lead to in the city: answers in words, and the id of the case that it is."""

    answers: Sequence[tuple[str, str]] = ()
    same_as: str = ""


class ReportForm(Form):
    """What, where, and (only if he wishes) who."""

    text: Prose = ""
    category: Short = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    accuracy_m: Annotated[float, Field(ge=0, le=100_000)] | None = None
    address: Short = ""
    component: Annotated[Short, Field(description="Id of the part (a lamp, a cover) that it is about")] = ""
    same_as: Annotated[Short, Field(description="Number of the open public case that this is, seen once more")] = ""
    answers: Answers = None
    language: Annotated[Literal["zh", "en"], Field(description="In which the answers reach the desk")] = "zh"
    name: Short = ""
    phone: Phone = ""

    @model_validator(mode="after")
    def _has_a_place(self) -> "ReportForm":
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat belong together")
        if not (self.text.strip() or self.category):
            raise ValueError("words or a category are needed")
        return self

    def message(self, media: tuple[str, ...], reporter: str, key: str, meant: Meant) -> bytes:
        """Return the report as the feed `report` reads it. His name and telephone are not in it."""
        fields: dict[str, Any] = self.model_dump(include=_SAID, exclude_defaults=True)
        fields |= {"channel": "citizen", "media": media, "key": key}
        if meant.answers:
            fields["answers"] = [{"question": question, "answer": answer} for question, answer in meant.answers]
        if meant.same_as:
            fields["same_as"] = meant.same_as
        if reporter:
            fields["reporter"] = reporter
        return json.dumps(fields, ensure_ascii=False).encode()


_SAID = {"text", "category", "lon", "lat", "accuracy_m", "address", "component"}
"""What goes to the desk as it was said."""


def _report_body() -> dict[str, Any]:
    """Return the request body's description: the model as JSON, or the same fields as a form with `photos`."""
    schema = ReportForm.model_json_schema()
    photos = {"type": "array", "maxItems": PHOTOS_MAX, "items": {"type": "string", "format": "binary"}}
    with_photos = {**schema, "title": "ReportWithPhotos", "properties": {**schema["properties"], "photos": photos}}
    content = {"application/json": {"schema": schema}, "multipart/form-data": {"schema": with_photos}}
    return {"requestBody": {"required": True, "content": content}}


REPORT_BODY = _report_body()
