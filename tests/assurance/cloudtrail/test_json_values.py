import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.cloudtrail.json_values import NotJsonError, documents, lines

SCALARS = st.none() | st.booleans() | st.integers() | st.text('{}[]"\\,: aé')
NESTED: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('{"\\a'), inner, max_size=3)
    ),
    max_leaves=8,
)
DOCUMENTS = st.lists(st.lists(NESTED, max_size=3) | st.dictionaries(st.text(), NESTED, max_size=3))


def pieces_of(text: bytes, size: int) -> Iterator[bytes]:
    return (text[start : start + size] for start in range(0, len(text), size))


@given(
    values=DOCUMENTS,
    separator=st.sampled_from(["", " ", "\n", "\r\n\t "]),
    indent=st.sampled_from([None, 1]),
    size=st.integers(1, 40),
)
def test_documents_are_told_apart_however_they_are_separated_and_arrive(
    values: list[Any], separator: str, indent: int | None, size: int
) -> None:
    texts = [json.dumps(value, indent=indent, ensure_ascii=False).encode() for value in values]
    joined = separator.encode().join(texts) + separator.encode()
    assert list(documents(b"", pieces_of(joined, size))) == texts
    assert list(documents(joined, iter(()))) == texts


@given(values=DOCUMENTS, size=st.integers(1, 40))
def test_lines_are_told_apart_however_they_arrive(values: list[Any], size: int) -> None:
    texts = [json.dumps(value).encode() for value in values]
    numbered = list(enumerate(texts, 1))
    assert list(lines(b"", pieces_of(b"\n".join(texts), size))) == numbered
    assert list(lines(b"\n".join(texts) + b"\n", iter(()))) == numbered


def test_blank_lines_count_but_are_not_given() -> None:
    assert list(lines(b"\n{}\n \n[]", iter(()))) == [(2, b"{}"), (4, b"[]")]


@given(values=DOCUMENTS.filter(bool), cut=st.integers(1, 200))
def test_a_document_that_is_cut_is_not_given(values: list[Any], cut: int) -> None:
    texts = [json.dumps(value).encode() for value in values]
    last = texts.pop()
    given_ = documents(b"".join(texts) + last[: max(1, len(last) - cut)], iter(()))
    for text in texts:
        assert next(given_) == text
    with pytest.raises(NotJsonError, match="cut"):
        next(given_)


def test_a_value_is_given_when_what_follows_it_could_be_read() -> None:
    def failing() -> Iterator[bytes]:
        yield b"{}[]"
        raise OSError("the checksum does not hold")

    given_ = documents(b"", failing())
    assert next(given_) == b"{}"
    with pytest.raises(OSError, match="checksum"):
        next(given_)
