"""What can go wrong when a resource is applied, by what it means for whoever asked."""


class EmulationError(Exception):
    """The emulation cannot apply this: nothing is known of what AWS would do with it."""


class RefusedByAwsError(Exception):
    """AWS would not take this; the message says what it would object to."""


class InvokeFailedError(Exception):
    """A provider function found nothing; the message is the provider's."""
