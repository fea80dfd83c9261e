"""Define what all tables of `study.toml` share: their base class, and the kinds of their values."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=200)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Words = Annotated[str, Field(max_length=20_000)]
Count = Annotated[int, Field(ge=0, le=1000)]
Pixels = Annotated[int, Field(ge=0, le=10_000)]
Share = Annotated[float, Field(gt=0, le=1)]
Rule: TypeAlias = Literal["gold", "repeats", "speed", "side", "run"]


class Part(BaseModel):
    """Define a table of the file. Unknown keys and values of another type are refused; values are frozen."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
