"""KMS keys and aliases."""

from typing import Any, Final

from botocore.exceptions import ClientError
from typing_extensions import override

from assurance.emulated_aws.resource_type import Inputs, ResourceType, State, missing
from assurance.emulated_aws.tags import from_pairs, pairs, retag

_NOT_FOUND: Final = "NotFoundException"
_DEFAULT_DELETION_DAYS: Final = 30
# What the provider alone knows.
_KEPT: Final = ("deletionWindowInDays", "bypassPolicyLockoutSafetyCheck")


class Key(ResourceType):
    """A key; its id is its key id. One that is pending deletion counts as gone."""

    token = "aws:kms/key:Key"  # noqa: S105 - a type token
    properties = frozenset(
        {
            "bypassPolicyLockoutSafetyCheck",
            "customerMasterKeySpec",
            "deletionWindowInDays",
            "description",
            "enableKeyRotation",
            "isEnabled",
            "keyUsage",
            "multiRegion",
            "policy",
            "rotationPeriodInDays",
            "tags",
        }
    )
    replaced_by = frozenset({"customerMasterKeySpec", "keyUsage", "multiRegion"})
    named_by = None
    documents = frozenset({"policy"})

    @override
    def create(self, inputs: Inputs) -> str:
        given: dict[str, Any] = {
            "Description": inputs.get("description"),
            "KeySpec": inputs.get("customerMasterKeySpec"),
            "KeyUsage": inputs.get("keyUsage"),
            "MultiRegion": inputs.get("multiRegion"),
            "Policy": inputs.get("policy"),
            "BypassPolicyLockoutSafetyCheck": inputs.get("bypassPolicyLockoutSafetyCheck"),
            "Tags": pairs(self.home.tags(inputs), "TagKey", "TagValue"),
        }
        made = self.clients.kms.create_key(
            **{key: value for key, value in given.items() if value not in (None, "")}
        )
        key_id = made["KeyMetadata"]["KeyId"]
        if inputs.get("enableKeyRotation"):
            self._rotate(key_id, inputs)
        if inputs.get("isEnabled") is False:
            self.clients.kms.disable_key(KeyId=key_id)
        return key_id

    @override
    def read(self, physical_id: str, known: Inputs) -> State | None:
        try:
            key = self.clients.kms.describe_key(KeyId=physical_id)["KeyMetadata"]
        except ClientError as error:
            if missing(error, _NOT_FOUND):
                return None
            raise
        if key["KeyState"] in {"PendingDeletion", "PendingReplicaDeletion"}:
            return None
        policy = self.clients.kms.get_key_policy(KeyId=physical_id, PolicyName="default")["Policy"]
        rotation = self.clients.kms.get_key_rotation_status(KeyId=physical_id)
        tags = self.clients.kms.list_resource_tags(KeyId=physical_id)["Tags"]
        return {
            "arn": key["Arn"],
            "keyId": key["KeyId"],
            "description": key.get("Description", ""),
            "customerMasterKeySpec": key["KeySpec"],
            "keyUsage": key["KeyUsage"],
            "multiRegion": key.get("MultiRegion", False),
            "isEnabled": key["Enabled"],
            "policy": policy,
            "enableKeyRotation": rotation["KeyRotationEnabled"],
            "rotationPeriodInDays": rotation.get("RotationPeriodInDays"),
            **{name: known[name] for name in _KEPT if name in known},
            "region": self.home.region,
            **self.home.tags_read(from_pairs(tags, "TagKey", "TagValue")),
        }

    @override
    def update(self, physical_id: str, known: Inputs, inputs: Inputs) -> None:
        changed = {
            name
            for name in self.properties
            if name in inputs and not self.same(name, inputs[name], known.get(name))
        }
        enabled = inputs.get("isEnabled") is not False
        # A disabled key can be neither rotated nor described anew.
        if "isEnabled" in changed and enabled:
            self.clients.kms.enable_key(KeyId=physical_id)
        if {"enableKeyRotation", "rotationPeriodInDays"} & changed:
            if inputs.get("enableKeyRotation"):
                self._rotate(physical_id, inputs)
            else:
                self.clients.kms.disable_key_rotation(KeyId=physical_id)
        if "description" in changed:
            self.clients.kms.update_key_description(
                KeyId=physical_id, Description=inputs["description"]
            )
        if "policy" in changed:
            self.clients.kms.put_key_policy(
                KeyId=physical_id, PolicyName="default", Policy=inputs["policy"]
            )
        if "isEnabled" in changed and not enabled:
            self.clients.kms.disable_key(KeyId=physical_id)
        retag(
            known.get("tagsAll") or {},
            self.home.tags(inputs),
            add=lambda tags: self.clients.kms.tag_resource(
                KeyId=physical_id, Tags=pairs(tags, "TagKey", "TagValue")
            ),
            remove=lambda keys: self.clients.kms.untag_resource(KeyId=physical_id, TagKeys=keys),
        )

    @override
    def delete(self, physical_id: str, known: Inputs) -> None:
        try:
            self.clients.kms.schedule_key_deletion(
                KeyId=physical_id,
                PendingWindowInDays=int(
                    known.get("deletionWindowInDays") or _DEFAULT_DELETION_DAYS
                ),
            )
        except ClientError as error:
            if not missing(error, _NOT_FOUND, "KMSInvalidStateException"):
                raise

    def _rotate(self, key_id: str, inputs: Inputs) -> None:
        period = inputs.get("rotationPeriodInDays")
        if period is None:
            self.clients.kms.enable_key_rotation(KeyId=key_id)
        else:
            self.clients.kms.enable_key_rotation(KeyId=key_id, RotationPeriodInDays=int(period))


class Alias(ResourceType):
    """A key's alias; its id is its name, `alias/` included."""

    token = "aws:kms/alias:Alias"  # noqa: S105 - a type token
    properties = frozenset({"name", "targetKeyId"})
    replaced_by = frozenset({"name"})
    name_prefix = "alias/"

    @override
    def create(self, inputs: Inputs) -> str:
        name: str = inputs["name"]
        self.clients.kms.create_alias(AliasName=name, TargetKeyId=inputs["targetKeyId"])
        return name

    @override
    def read(self, physical_id: str, known: Inputs) -> State | None:
        found = self._find(physical_id)
        if found is None:
            return None
        key_arn = f"{found['AliasArn'].rpartition(':')[0]}:key/{found['TargetKeyId']}"
        return {
            "name": physical_id,
            "namePrefix": "",
            "arn": found["AliasArn"],
            "targetKeyId": found["TargetKeyId"],
            "targetKeyArn": key_arn,
            "region": self.home.region,
        }

    @override
    def update(self, physical_id: str, known: Inputs, inputs: Inputs) -> None:
        self.clients.kms.update_alias(AliasName=physical_id, TargetKeyId=inputs["targetKeyId"])

    @override
    def delete(self, physical_id: str, known: Inputs) -> None:
        try:
            self.clients.kms.delete_alias(AliasName=physical_id)
        except ClientError as error:
            if not missing(error, _NOT_FOUND):
                raise

    @override
    def same(self, property_name: str, one: Any, other: Any) -> bool:
        if property_name == "targetKeyId":
            one, other = (str(value or "").rpartition("key/")[2] for value in (one, other))
        return super().same(property_name, one, other)

    def _find(self, name: str) -> Any:
        pages = self.clients.kms.get_paginator("list_aliases").paginate()
        aliases = (alias for page in pages for alias in page["Aliases"])
        return next((alias for alias in aliases if alias["AliasName"] == name), None)
