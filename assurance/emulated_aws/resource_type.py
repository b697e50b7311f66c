"""What the emulation knows of one type of resource: its life in AWS's calls."""

import json
import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError

from assurance.aws import Clients
from assurance.emulated_aws.stand_ins import StandIns

Inputs = Mapping[str, Any]
State = dict[str, Any]

_RANDOM_DIGITS: Final = 7


@dataclass(frozen=True)
class Home:
    """Where the resources live: the clients of one account and region, and what all share.

    `default_tags` are the provider's (`aws:defaultTags`).
    """

    clients: Clients
    stand_ins: StandIns
    default_tags: Mapping[str, str]

    @property
    def region(self) -> str:
        """The region of the clients."""
        return self.clients.region

    @cached_property
    def caller(self) -> Mapping[str, str]:
        """Who the endpoint says is calling: `Account`, `Arn`, `UserId`."""
        identity = self.clients.sts.get_caller_identity()
        return {key: identity[key] for key in ("Account", "Arn", "UserId")}

    @property
    def account(self) -> str:
        """The account that the endpoint says the clients work in."""
        return self.caller["Account"]

    @property
    def partition(self) -> str:
        """The partition of the endpoint's ARNs (the emulator knows `aws` alone)."""
        return self.caller["Arn"].split(":")[1]

    def tags(self, inputs: Inputs) -> dict[str, str]:
        """The resource's own tags over the provider's default tags."""
        return {**self.default_tags, **(inputs.get("tags") or {})}

    def tags_read(self, tags: Mapping[str, str]) -> State:
        """A resource's tags as the provider tells them: its own apart from the default ones."""
        own = {key: value for key, value in tags.items() if self.default_tags.get(key) != value}
        return {"tags": own, "tagsAll": dict(tags)}


class ResourceType(ABC):
    """One type of resource, by its Pulumi token and Pulumi's names of its properties.

    What the AWS provider does is the model throughout: the names of inputs and outputs, what can
    be changed in place, what an id is.
    """

    token: ClassVar[str]
    properties: ClassVar[frozenset[str]]
    """The inputs that can be applied."""
    replaced_by: ClassVar[frozenset[str]]
    """The inputs that cannot be changed in place (the provider's ForceNew)."""
    named_by: ClassVar[str | None] = "name"
    """The input that is made up when it is missing."""
    name_prefix: ClassVar[str] = ""
    documents: ClassVar[frozenset[str]] = frozenset()
    """The inputs that hold JSON: their layout makes no difference."""
    unordered: ClassVar[frozenset[str]] = frozenset()
    """The lists whose order makes no difference."""
    rehearsed: ClassVar[bool] = True
    """Whether the emulator has such a thing; else it is checked as declared and kept in memory."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.clients = home.clients

    @abstractmethod
    def create(self, inputs: Inputs) -> str:
        """Make the resource; returns its physical id."""

    @abstractmethod
    def read(self, physical_id: str, known: Inputs) -> State | None:
        """The resource as the endpoint describes it; None when there is none.

        `known` is its last known state, or its inputs: some ids do not say where to look.
        """

    def update(self, physical_id: str, known: Inputs, inputs: Inputs) -> None:
        """Change the resource in place."""
        raise NotImplementedError(f"every change of a {self.token} replaces it")

    @abstractmethod
    def delete(self, physical_id: str, known: Inputs) -> None:
        """Remove the resource; nothing happens when there is none."""

    def made_up_name(self, logical_name: str) -> str:
        """A physical name as Pulumi makes it up: the logical name and seven hex digits."""
        digits = secrets.token_hex(_RANDOM_DIGITS)[:_RANDOM_DIGITS]
        return f"{self.name_prefix}{logical_name}-{digits}"

    def same(self, property_name: str, one: Any, other: Any) -> bool:
        """Whether two values of a property mean the same to AWS."""
        if property_name in self.documents:
            return same_document(one, other)
        if property_name in self.unordered:
            return sorted(one or ()) == sorted(other or ())
        return bool(_given(one) == _given(other))


def missing(error: ClientError, *codes: str) -> bool:
    """Whether a call failed for want of the thing it names, by AWS's error code."""
    return error.response.get("Error", {}).get("Code") in codes


def same_document(one: object, other: object) -> bool:
    """Whether two JSON texts say the same."""
    return bool(_document(one) == _document(other))


def _document(value: object) -> Any:
    if not isinstance(value, str) or not value:
        return value or None
    try:
        return json.loads(value)
    except ValueError:
        return value


def _given(value: Any) -> Any:
    """A value with what is empty left out, at every depth: the provider tells neither from none."""
    if isinstance(value, Mapping):
        kept = {key: _given(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item is not None} or None
    if isinstance(value, list | tuple):
        return [_given(item) for item in value] or None
    if isinstance(value, bool):
        return value or None
    return None if value == "" else value
