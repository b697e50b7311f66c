"""The AWS resources of a Pulumi program, applied to an emulated AWS.

For Pulumi's mocks and for a provider double alike: plain values in, plain values out.
"""

from assurance.emulated_aws.emulated_aws import NOT_REHEARSED, Changes, EmulatedAws, Resource
from assurance.emulated_aws.errors import EmulationError, InvokeFailedError, RefusedByAwsError
from assurance.emulated_aws.stand_ins import Endpoint, StandIns

__all__ = [
    "NOT_REHEARSED",
    "Changes",
    "EmulatedAws",
    "EmulationError",
    "Endpoint",
    "InvokeFailedError",
    "RefusedByAwsError",
    "Resource",
    "StandIns",
]
