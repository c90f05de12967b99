"""What planning replies must look like; the only pydantic models of the generator."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from p2c.generator.criteria import CriterionKind, CriterionStatus

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Scalar = bool | int | float | str | None
Setting = Scalar | list[Scalar] | list[list[Scalar]]
SourcedSetting = Setting | list[dict[str, Scalar | list[Scalar]]]
"""A list of mappings holds what belongs together: one entry for each data set, environment or layer."""
Lower = BeforeValidator(lambda value: value.strip().lower() if isinstance(value, str) else value)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[list[str], BeforeValidator(_as_list)]
"""Several, or one that was given without brackets."""


class _Lenient(BaseModel):
    """Unknown fields are passed over: a model that says more than it was asked for did no harm."""

    model_config = ConfigDict(extra="ignore")


class SignatureReply(_Lenient):
    """A function: its signature as Python writes it without `def`, and what it does."""

    signature: Text
    summary: str = ""


class ClassReply(_Lenient):
    """A class with the methods that others rely on."""

    name: Text
    bases: list[str] = Field(default_factory=list)
    summary: str = ""
    methods: list[SignatureReply] = Field(default_factory=list)


class FileReply(_Lenient):
    """A planned file."""

    path: Text
    purpose: Text
    classes: list[ClassReply] = Field(default_factory=list)
    functions: list[SignatureReply] = Field(default_factory=list)


class CallReply(_Lenient):
    """A step of the main run."""

    caller: Text
    callee: Text
    what: Text


class DataSetReply(_Lenient):
    """A data set that the paper uses."""

    name: Text
    used_for: Text


class DesignReply(_Lenient):
    """Step 2: the architecture."""

    summary: Text
    approach: Text
    entry: Text
    files: list[FileReply] = Field(min_length=2)
    calls: list[CallReply] = Field(min_length=1)
    data_sets: list[DataSetReply] = Field(default_factory=list)


class CriterionReply(_Lenient):
    """One requirement as a model words it."""

    requirement: Text
    section: Text
    quote: Text
    weight: Annotated[int, Field(ge=1, le=5)]
    kind: Annotated[CriterionKind, Lower]
    status: Annotated[CriterionStatus, Lower] = "stated"
    cites: str = ""


class QuestionReply(_Lenient):
    """What the paper leaves open, with the plainest choice."""

    question: Text
    choice: Text
    options: Names = Field(default_factory=list)


class CriteriaReply(_Lenient):
    """Requirements and open questions, between overview and design."""

    criteria: list[CriterionReply] = Field(min_length=1, max_length=60)
    questions: list[QuestionReply] = Field(default_factory=list, max_length=20)


class EditedCriterionReply(CriterionReply):
    """A criterion in the file of a person."""

    id: str = ""
    sealed: bool = False


class EditedQuestionReply(QuestionReply):
    """A question in the file of a person; `asked` says that the choice is a person's."""

    asked: bool = False


class EditedCriteriaReply(_Lenient):
    """The file `plan/criteria.yaml`."""

    criteria: list[EditedCriterionReply] = Field(min_length=1)
    questions: list[EditedQuestionReply] = Field(default_factory=list)


class CoverageReply(_Lenient):
    """What some files cover, or why it is left out; `ids` may name several."""

    ids: Annotated[Names, Field(min_length=1)]
    files: Names = Field(default_factory=list)
    why: str = ""


class CoveredDesignReply(DesignReply):
    """Step 2 where there are criteria."""

    coverage: list[CoverageReply] = Field(min_length=1)


class FileLogicReply(_Lenient):
    """How one file works."""

    path: Text
    logic: Text
    uses: list[str] = Field(default_factory=list)
    imports: list[str] = Field(default_factory=list)


class RequirementReply(_Lenient):
    """A distribution to install."""

    requirement: Text
    imports: list[str] = Field(min_length=1)
    why: Text


class LogicReply(_Lenient):
    """Step 3: logic, dependency graph and requirements."""

    conventions: Text
    files: list[FileLogicReply]
    requirements: list[RequirementReply]


class ValueReply(_Lenient):
    """A configured value: from the paper (place and quote) or assumed (why)."""

    key: Text
    value: Setting
    place: str = ""
    quote: str = ""
    assumed: str = ""


class OverrideReply(_Lenient):
    """What the smoke run sets instead."""

    key: Text
    value: Setting
    why: Text


class StandInReply(_Lenient):
    """A data set with what the full run and the smoke run take."""

    name: Text
    full: Text
    stand_in: Text


class ConfigReply(_Lenient):
    """Step 4: configuration and run contract."""

    values: list[ValueReply] = Field(min_length=1)
    smoke: list[OverrideReply] = Field(default_factory=list)
    data_sets: list[StandInReply] = Field(default_factory=list)
    smoke_commands: list[Text] = Field(min_length=1)
    full_commands: list[Text] = Field(min_length=1)
    artifacts: list[Text] = Field(min_length=1)
    timeout: int = Field(default=300, ge=30, le=1800)


class SourcedValueReply(ValueReply):
    """A value that may also follow from what is quoted, and may be a list of mappings."""

    value: SourcedSetting  # type: ignore[assignment]
    derived: str = ""


class SourcedOverrideReply(OverrideReply):
    """What the smoke run sets instead; it may be a list of mappings."""

    value: SourcedSetting  # type: ignore[assignment]


class OpenPointReply(_Lenient):
    """What became of a question: the key of the setting that holds its choice, if one does."""

    id: Text
    key: str = ""


class SourcedConfigReply(ConfigReply):
    """Step 4 where there are criteria."""

    values: list[SourcedValueReply] = Field(min_length=1)  # type: ignore[assignment]
    smoke: list[SourcedOverrideReply] = Field(default_factory=list)  # type: ignore[assignment]
    open_points: list[OpenPointReply] = Field(default_factory=list)
