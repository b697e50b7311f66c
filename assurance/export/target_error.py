"""What a target cannot express."""


class TargetError(ValueError):
    """A part of the detection that a target cannot say; the message names both it and why."""
