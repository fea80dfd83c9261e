"""Define the tables of `study.toml` about who takes part: participants, devices, and access to results."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from study.config.part import Part, Pixels

PLACE_OF_CODE = "{code}"
Source = Literal["open", "prolific", "mturk", "cloudresearch", "sona", "any"]
Code = Annotated[str, Field(max_length=60, pattern=r"^[\x21-\x7e]*$")]


class Codes(Part):
    """Hold the codes that the recruitment service expects at the end, by the way in which somebody ends."""

    complete: Code = ""
    screened: Code = ""  # the answers before the study do not admit this person
    failed: Code = ""  # too many gold pairs answered wrongly
    declined: Code = ""  # no consent


class Participants(Part):
    """Hold the numbers of participants, their source, and the codes at the end.

    source: "open" admits anybody, with or without ids; "any" admits people of every recruitment service.
    returning: who may continue with a recruitment id that has enrolled: the same browser only ("browser"), or
    anybody with the id ("id"), which helps where browsers delete their storage, but lets anybody who knows an
    id answer for it.
    return_url: address to go back to at the end, with {code}; where it is empty, that of the service.
    """

    target: Annotated[int, Field(ge=1)] | None = None
    maximum: Annotated[int, Field(ge=1)] | None = None
    resume_hours: Annotated[float, Field(gt=0, le=8760)] | None = None
    source: Source = "open"
    returning: Literal["browser", "id"] = "browser"
    completion_code: str = ""  # the same as codes.complete, of earlier releases
    codes: Codes = Codes()
    return_url: Annotated[str, Field(max_length=500)] = ""

    @field_validator("return_url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        if url and not url.startswith(("https://", "http://")):
            raise ValueError("return_url: should begin with https://")
        return url

    @model_validator(mode="after")
    def _one_code(self) -> "Participants":
        if self.completion_code and self.codes.complete not in ("", self.completion_code):
            raise ValueError("completion_code: differs from codes.complete; please keep one of them")
        return self

    @property
    def complete_code(self) -> str:
        """Return the code for participants who complete the study; "" where each has one of their own."""
        return self.codes.complete or self.completion_code


class Devices(Part):
    """Hold the requirements on a participant's device; they are checked before the consent is shown."""

    minimum_width: Pixels = 0  # of the window, in CSS pixels
    phones: bool = True


class Results(Part):
    """Hold who may read the results: organizers, anybody with a link, or everybody.

    own_choices: participants may read their own choices after the study has closed.
    """

    access: Literal["organizers", "link", "public"] = "organizers"
    own_choices: bool = True
