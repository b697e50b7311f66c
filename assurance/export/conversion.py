"""A rule in a system's own language, by pySigma; to be imported when it is needed."""

import importlib

from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import FieldMappingTransformation, SetStateTransformation

from assurance.export.rule import Rule
from assurance.export.target_error import TargetError
from assurance.export.targets import Target


def query(rule: Rule, target: Target) -> str:
    """The query that counts what the rule detects, and has a result at the threshold or more.

    Raises TargetError for what the system cannot say, and ModuleNotFoundError without its back end.
    """
    return _convert(rule, target, rule.text)


def selection(rule: Rule, target: Target) -> str:
    """The query that selects what the rule detects, without a count; raises as `query` does."""
    return _convert(rule, target, rule.event_text)


def _convert(rule: Rule, target: Target, text: str) -> str:
    target.refuse_unknown(rule)
    module = importlib.import_module(f"assurance.export.back_ends.{target.back_end.lower()}")
    items = []
    if target.fields is not None:
        names: dict[str | None, str | list[str]] = dict(target.fields.items())
        items.append(ProcessingItem(FieldMappingTransformation(names)))
    if target.index is not None:
        items.append(ProcessingItem(SetStateTransformation("index", target.index)))
    back_end = getattr(module, target.back_end)(ProcessingPipeline(items=items))
    try:
        [converted] = back_end.convert(SigmaCollection.from_yaml(text))
    except (SigmaError, NotImplementedError) as error:
        raise TargetError(str(error)) from None
    return str(converted)
