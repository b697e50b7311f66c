"""A small model of a Logs Insights `filter` condition, written from what AWS documents of it."""

import re
from collections.abc import Callable
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:(?P<regex>/(?:\\.|[^/\\])+/)|(?P<text>"[^"\\]*")|(?P<tick>`[^`]+`)"""
    r"""|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z][\w.]*)|(?P<sign><=|>=|!=|[=<>()]))"""
)
Test = Callable[[dict[str, Any]], bool]


class UndocumentedError(Exception):
    """A comparison of a number with a text, or of a boolean."""


def fields(value: Any, name: str = "") -> dict[str, Any]:
    """The fields that are discovered: scalars alone, what is nested by a dotted name."""
    children: Any = ()
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    elif value is not None:
        return {name: value}
    found: dict[str, Any] = {}
    for key, child in children:
        found |= fields(child, f"{name}.{key}" if name else str(key))
    return found


def holds(condition: str, record: Any) -> bool:
    reader = _Reader(condition)
    test = reader.either()
    assert not reader.rest, f"left over in {condition}: {reader.rest}"
    return test(fields(record))


class _Reader:
    def __init__(self, text: str) -> None:
        self.rest: list[tuple[str, str]] = []
        end = 0
        while end < len(text.rstrip()):
            found = _TOKEN.match(text, end)
            assert found, f"no token at {end} of {text}"
            self.rest.append((str(found.lastgroup), found[str(found.lastgroup)]))
            end = found.end()

    def taken(self, *wanted: str) -> bool:
        if self.rest and self.rest[0][0] in {"word", "sign"} and self.rest[0][1] in wanted:
            self.rest.pop(0)
            return True
        return False

    def either(self) -> Test:
        tests = [self.both()]
        while self.taken("or"):
            tests.append(self.both())
        return lambda record: any(test(record) for test in tests)

    def both(self) -> Test:
        tests = [self.single()]
        while self.taken("and"):
            tests.append(self.single())
        return lambda record: all(test(record) for test in tests)

    def single(self) -> Test:
        if self.taken("not"):
            inner = self.single()
            return lambda record: not inner(record)
        if self.taken("("):
            inner = self.either()
            assert self.taken(")")
            return inner
        if self.taken("ispresent"):
            assert self.taken("(")
            name = self.field()
            assert self.taken(")")
            return lambda record: name in record
        return self.comparison()

    def field(self) -> str:
        kind, name = self.rest.pop(0)
        assert kind in {"word", "tick"}, f"{name} is no field"
        return name.strip("`")

    def comparison(self) -> Test:
        name = self.field()
        negated = self.taken("not")
        operator = self.rest.pop(0)[1]
        kind, value = self.rest.pop(0)
        if operator == "like":
            assert kind == "regex"
            expression = re.compile(value[1:-1].replace(r"\/", "/"))

            def like(record: dict[str, Any]) -> bool:
                if name not in record:
                    return negated
                if isinstance(record[name], bool):
                    raise UndocumentedError
                return bool(expression.search(str(record[name]))) != negated

            return like
        assert not negated
        right: Any = float(value) if kind == "number" else value[1:-1]

        def compare(record: dict[str, Any]) -> bool:
            if name not in record:
                return operator == "!="
            left = record[name]
            if isinstance(left, bool) or isinstance(left, str) != isinstance(right, str):
                raise UndocumentedError
            orders: dict[str, Callable[[], bool]] = {
                "=": lambda: left == right,
                "!=": lambda: left != right,
                "<": lambda: left < right,
                ">": lambda: left > right,
                "<=": lambda: left <= right,
                ">=": lambda: left >= right,
            }
            return orders[operator]()

        return compare
