"""Who may invoke a Lambda function."""

import json
from typing import Any, Final

from botocore.exceptions import ClientError
from typing_extensions import override

from assurance.emulated_aws.resource_type import Inputs, ResourceType, State, missing

# Pulumi's input and AddPermission's parameter.
_PARAMETERS: Final = {
    "action": "Action",
    "function": "FunctionName",
    "principal": "Principal",
    "qualifier": "Qualifier",
    "sourceAccount": "SourceAccount",
    "sourceArn": "SourceArn",
    "statementId": "StatementId",
}
_NOT_FOUND: Final = "ResourceNotFoundException"


class Permission(ResourceType):
    """A statement of a function's policy; its id is its statement id."""

    token = "aws:lambda/permission:Permission"  # noqa: S105 - a type token
    properties = frozenset(_PARAMETERS)
    replaced_by = properties
    named_by = "statementId"

    @override
    def create(self, inputs: Inputs) -> str:
        params: dict[str, Any] = {
            theirs: inputs[ours] for ours, theirs in _PARAMETERS.items() if inputs.get(ours)
        }
        self.clients.lambda_.add_permission(**params)
        statement_id: str = inputs["statementId"]
        return statement_id

    @override
    def read(self, physical_id: str, known: Inputs) -> State | None:
        statement = self._statement(physical_id, known)
        if statement is None:
            return None
        conditions = statement.get("Condition", {})
        principal = statement["Principal"]
        if isinstance(principal, dict):
            principal = principal.get("Service") or principal.get("AWS")
        return {
            "statementId": physical_id,
            "statementIdPrefix": "",
            "action": statement["Action"],
            "function": known["function"],
            "principal": principal,
            "qualifier": known.get("qualifier", ""),
            "sourceArn": conditions.get("ArnLike", {}).get("AWS:SourceArn", ""),
            "sourceAccount": conditions.get("StringEquals", {}).get("AWS:SourceAccount", ""),
            "region": self.home.region,
        }

    @override
    def delete(self, physical_id: str, known: Inputs) -> None:
        try:
            self.clients.lambda_.remove_permission(StatementId=physical_id, **_function(known))
        except ClientError as error:
            if not missing(error, _NOT_FOUND):
                raise

    def _statement(self, statement_id: str, known: Inputs) -> Any:
        try:
            policy = json.loads(self.clients.lambda_.get_policy(**_function(known))["Policy"])
        except ClientError as error:
            if missing(error, _NOT_FOUND):
                return None
            raise
        found = (s for s in policy["Statement"] if s.get("Sid") == statement_id)
        return next(found, None)


def _function(known: Inputs) -> Any:
    qualifier = known.get("qualifier")
    return {
        "FunctionName": known["function"],
        **({"Qualifier": qualifier} if qualifier else {}),
    }
