"""Numbers that keep their source text: CloudWatch compares by the text as well as by the value."""

from decimal import Decimal, InvalidOperation


class NumberText(str):
    """A JSON number, as the text that wrote it: ``12.0`` stays ``12.0``."""

    __slots__ = ()


def decimal_value(text: str) -> Decimal:
    """Return the value of a number's text, exactly.

    Beyond Decimal's exponents (about 10^18) it is an infinity or zero: no two such numbers are
    told apart.
    """
    try:
        return Decimal(text)
    except InvalidOperation:
        mantissa, _, exponent = text.lower().partition("e")
        size = Decimal(0) if exponent.startswith("-") else Decimal("Infinity")
        if not mantissa.strip("+-0."):
            size = Decimal(0)
        return -size if mantissa.startswith("-") else size
