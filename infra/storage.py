"""The key and the buckets: training data in, job output and rollout records out."""

from __future__ import annotations

from typing import Any, cast

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from touchstone.infra.accepted import accept_wildcard
from touchstone.infra.settings import Stage

_OBJECTS = "Objects of one bucket, whose names are not known before they are written"


class Storage(Construct):
    """Encrypted, private, versioned, TLS-only buckets under one rotating key.

    Attributes:
        key: Encrypts buckets, logs, topics and streams.
        model_key: Encrypts custom models.
        training: Training and validation data.
        output: What a job writes: metrics and artifacts.
        rollouts: Rollout records, for Athena.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        # A first deployment that fails leaves nothing behind.
        kept = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
        self._removal = kept if stage.keep_data else RemovalPolicy.DESTROY
        place = stage.place
        self.key = self._key("Key", "data, logs and messages", place.key_arn, self._removal)
        # A model that outlives the stage must stay readable.
        self.model_key = self._key("ModelKey", "custom models", place.model_key_arn, kept)
        self._lend_key(Stack.of(self))
        self._access_logs = self._bucket("AccessLogs", days=stage.log_retention_days, logged=False)
        self.training = self._given_bucket("Training", place.training_bucket)
        self.output = self._given_bucket("Output", place.output_bucket)
        self.rollouts = self._bucket("Rollouts", days=stage.rollout_retention_days)

    def let_read(self, role: iam.Role, bucket: s3.IBucket, folder: str = "") -> None:
        """Grants a role to list and read a bucket, or one folder of it."""
        within = {"conditions": {"StringLike": {"s3:prefix": [f"{folder}*"]}}} if folder else {}
        self._allow(role, ["s3:ListBucket"], bucket.bucket_arn, **within)
        self._allow(role, ["s3:GetObject"], bucket.arn_for_objects(f"{folder}*"))
        accept_wildcard(role, bucket.arn_for_objects(f"{folder}*"), _OBJECTS)
        self._allow(role, ["kms:Decrypt"], self.key.key_arn)

    def let_write(self, role: iam.Role, bucket: s3.IBucket) -> None:
        """Grants a role to put objects into a bucket, in parts where they are large."""
        on_bucket = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
        self._allow(role, on_bucket, bucket.bucket_arn)
        on_objects = ["s3:PutObject", "s3:AbortMultipartUpload"]
        self._allow(role, on_objects, bucket.arn_for_objects("*"))
        accept_wildcard(role, bucket.arn_for_objects("*"), _OBJECTS)
        self._allow(role, ["kms:GenerateDataKey", "kms:Decrypt"], self.key.key_arn)

    def _allow(self, role: iam.Role, actions: list[str], resource: str, **more: Any) -> None:
        # CDK's own grants hold wildcard actions, such as s3:GetObject*.
        statement = iam.PolicyStatement(actions=actions, resources=[resource], **more)
        role.add_to_principal_policy(statement)

    def _lend_key(self, stack: Stack) -> None:
        """Lets the services that keep our logs and pass on our messages use the key."""
        groups = stack.format_arn(
            service="logs",
            resource="log-group",
            resource_name="*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Logs",
                principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
                actions=[
                    "kms:Encrypt",
                    "kms:Decrypt",
                    "kms:ReEncryptFrom",
                    "kms:ReEncryptTo",
                    "kms:GenerateDataKey",
                    "kms:GenerateDataKeyWithoutPlaintext",
                    "kms:DescribeKey",
                ],
                resources=["*"],
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
            )
        )
        ours = {"StringEquals": {"aws:SourceAccount": stack.account}}
        self._lend_key_for_messages("Messages", ["cloudwatch", "budgets"], ours)
        # EventBridge's calls to KMS do not say for whom: under a condition its messages are
        # lost. The topic takes them from our own rule alone.
        # Source: SNS developer guide, "Enable compatibility between event sources from AWS
        # services and encrypted topics".
        self._lend_key_for_messages("Events", ["events"], {})

    def _lend_key_for_messages(
        self, sid: str, services: list[str], conditions: dict[str, Any]
    ) -> None:
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[iam.ServicePrincipal(f"{name}.amazonaws.com") for name in services],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],
                conditions=conditions,
            )
        )

    def _key(self, name: str, what: str, given: str, removal: RemovalPolicy) -> kms.IKey:
        if given:
            return kms.Key.from_key_arn(self, name, given)
        made = kms.Key(
            self,
            name,
            description=f"Touchstone {self._stage.name}: {what}",
            enable_key_rotation=True,
            removal_policy=removal,
        )
        return cast("kms.IKey", made)

    def _given_bucket(self, name: str, given: str) -> s3.IBucket:
        """Returns a bucket of the account's own, or one made here whose objects never expire."""
        return s3.Bucket.from_bucket_name(self, name, given) if given else self._bucket(name)

    def _bucket(self, name: str, *, days: int | None = None, logged: bool = True) -> s3.Bucket:
        rules = [
            s3.LifecycleRule(
                abort_incomplete_multipart_upload_after=Duration.days(7),
                noncurrent_version_expiration=Duration.days(30),
                expiration=Duration.days(days) if days else None,
            )
        ]
        return s3.Bucket(
            self,
            name,
            # Server access logs cannot be delivered under a customer's key.
            encryption=s3.BucketEncryption.KMS if logged else s3.BucketEncryption.S3_MANAGED,
            encryption_key=self.key if logged else None,
            bucket_key_enabled=True if logged else None,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            versioned=True,
            lifecycle_rules=rules,
            removal_policy=self._removal,
            server_access_logs_bucket=self._access_logs if logged else None,
            server_access_logs_prefix=f"{name.lower()}/" if logged else None,
        )
