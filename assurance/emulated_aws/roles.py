"""Roles, their inline policies and the managed policies attached to them."""

import json
from typing import Any, Final

from botocore.exceptions import ClientError
from typing_extensions import override

from assurance.emulated_aws.resource_type import Inputs, ResourceType, State, missing
from assurance.emulated_aws.tags import from_pairs, pairs, retag

_NOT_FOUND: Final = "NoSuchEntity"
_DEFAULT_SESSION_SECONDS: Final = 3_600


class Role(ResourceType):
    """A role; its id is its name."""

    token = "aws:iam/role:Role"  # noqa: S105 - a type token
    properties = frozenset(
        {
            "name",
            "path",
            "assumeRolePolicy",
            "description",
            "maxSessionDuration",
            "permissionsBoundary",
            "forceDetachPolicies",
            "tags",
        }
    )
    replaced_by = frozenset({"name", "path"})
    documents = frozenset({"assumeRolePolicy"})

    @override
    def create(self, inputs: Inputs) -> str:
        given: dict[str, Any] = {
            "Path": inputs.get("path"),
            "Description": inputs.get("description"),
            "PermissionsBoundary": inputs.get("permissionsBoundary"),
            "Tags": pairs(self.home.tags(inputs)),
        }
        made = self.clients.iam.create_role(
            RoleName=inputs["name"],
            AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
            MaxSessionDuration=_session_seconds(inputs),
            **{key: value for key, value in given.items() if value},
        )
        return made["Role"]["RoleName"]

    @override
    def read(self, physical_id: str, known: Inputs) -> State | None:
        try:
            role: dict[str, Any] = dict(self.clients.iam.get_role(RoleName=physical_id)["Role"])
        except ClientError as error:
            if missing(error, _NOT_FOUND):
                return None
            raise
        boundary = role.get("PermissionsBoundary", {})
        return {
            "arn": role["Arn"],
            "name": role["RoleName"],
            "namePrefix": "",
            "path": role["Path"],
            "assumeRolePolicy": json.dumps(role["AssumeRolePolicyDocument"]),
            "description": role.get("Description", ""),
            "maxSessionDuration": role.get("MaxSessionDuration", _DEFAULT_SESSION_SECONDS),
            "permissionsBoundary": boundary.get("PermissionsBoundaryArn", ""),
            "forceDetachPolicies": known.get("forceDetachPolicies", False),
            "createDate": role["CreateDate"].isoformat(),
            "uniqueId": role["RoleId"],
            **self.home.tags_read(from_pairs(role.get("Tags", []))),
        }

    @override
    def update(self, physical_id: str, known: Inputs, inputs: Inputs) -> None:
        iam = self.clients.iam
        iam.update_assume_role_policy(
            RoleName=physical_id, PolicyDocument=inputs["assumeRolePolicy"]
        )
        iam.update_role(
            RoleName=physical_id,
            Description=inputs.get("description") or "",
            MaxSessionDuration=_session_seconds(inputs),
        )
        boundary = inputs.get("permissionsBoundary")
        if boundary:
            iam.put_role_permissions_boundary(RoleName=physical_id, PermissionsBoundary=boundary)
        elif known.get("permissionsBoundary"):
            iam.delete_role_permissions_boundary(RoleName=physical_id)
        retag(
            known.get("tagsAll") or {},
            self.home.tags(inputs),
            add=lambda tags: iam.tag_role(RoleName=physical_id, Tags=pairs(tags)),
            remove=lambda keys: iam.untag_role(RoleName=physical_id, TagKeys=keys),
        )

    @override
    def delete(self, physical_id: str, known: Inputs) -> None:
        try:
            self.clients.iam.delete_role(RoleName=physical_id)
        except ClientError as error:
            if not missing(error, _NOT_FOUND):
                raise


class RolePolicy(ResourceType):
    """An inline policy; its id is `role:name`."""

    token = "aws:iam/rolePolicy:RolePolicy"  # noqa: S105 - a type token
    properties = frozenset({"name", "role", "policy"})
    replaced_by = frozenset({"name", "role"})
    documents = frozenset({"policy"})

    @override
    def create(self, inputs: Inputs) -> str:
        self._put(inputs)
        return f"{inputs['role']}:{inputs['name']}"

    @override
    def read(self, physical_id: str, known: Inputs) -> State | None:
        role, _, name = physical_id.partition(":")
        try:
            found = self.clients.iam.get_role_policy(RoleName=role, PolicyName=name)
        except ClientError as error:
            if missing(error, _NOT_FOUND):
                return None
            raise
        document: Any = found["PolicyDocument"]
        return {
            "name": name,
            "namePrefix": "",
            "role": role,
            "policy": document if isinstance(document, str) else json.dumps(document),
        }

    @override
    def update(self, physical_id: str, known: Inputs, inputs: Inputs) -> None:
        self._put(inputs)

    @override
    def delete(self, physical_id: str, known: Inputs) -> None:
        role, _, name = physical_id.partition(":")
        try:
            self.clients.iam.delete_role_policy(RoleName=role, PolicyName=name)
        except ClientError as error:
            if not missing(error, _NOT_FOUND):
                raise

    def _put(self, inputs: Inputs) -> None:
        self.clients.iam.put_role_policy(
            RoleName=inputs["role"], PolicyName=inputs["name"], PolicyDocument=inputs["policy"]
        )


class RolePolicyAttachment(ResourceType):
    """A managed policy attached to a role; its id is `role/policy ARN`."""

    token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"  # noqa: S105 - a type token
    properties = frozenset({"role", "policyArn"})
    replaced_by = properties
    named_by = None

    @override
    def create(self, inputs: Inputs) -> str:
        self.clients.iam.attach_role_policy(RoleName=inputs["role"], PolicyArn=inputs["policyArn"])
        return f"{inputs['role']}/{inputs['policyArn']}"

    @override
    def read(self, physical_id: str, known: Inputs) -> State | None:
        role, _, policy_arn = physical_id.partition("/")
        paginator = self.clients.iam.get_paginator("list_attached_role_policies")
        try:
            attached = {
                policy["PolicyArn"]
                for page in paginator.paginate(RoleName=role)
                for policy in page["AttachedPolicies"]
            }
        except ClientError as error:
            if missing(error, _NOT_FOUND):
                return None
            raise
        return {"role": role, "policyArn": policy_arn} if policy_arn in attached else None

    @override
    def delete(self, physical_id: str, known: Inputs) -> None:
        role, _, policy_arn = physical_id.partition("/")
        try:
            self.clients.iam.detach_role_policy(RoleName=role, PolicyArn=policy_arn)
        except ClientError as error:
            if not missing(error, _NOT_FOUND):
                raise


def _session_seconds(inputs: Inputs) -> int:
    return int(inputs.get("maxSessionDuration") or _DEFAULT_SESSION_SECONDS)
