"""Rollout records: from the graders' logs to S3, in a form that Athena reads."""

from __future__ import annotations

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_logs as logs
from constructs import Construct

from touchstone.infra.function import Function
from touchstone.infra.settings import Stage
from touchstone.infra.storage import Storage
from touchstone.infra.trust import working_for_us
from touchstone.monitor import PREFIX
from touchstone.observe import RECORD

# What ``touchstone.observe.rollout_record`` writes, besides the logger's own fields.
COLUMNS = {
    "timestamp": "string",
    "service": "string",
    "version": "string",
    "prompt_hash": "string",
    "completion_hash": "string",
    "reward": "double",
    "outcome": "string",
    "criteria": "map<string,double>",
    "fault": "string",
    "prompt": "string",
    "completion": "string",
}
_DAY = "day=!{timestamp:yyyy-MM-dd}/"


class Rollouts(Construct):
    """A delivery stream, the table over what it delivers, and a way in for each grader."""

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, storage: Storage
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        stack = Stack.of(self)
        streams = working_for_us(stack, "firehose", "firehose:deliverystream/*")
        deliver = iam.Role(self, "Deliver", assumed_by=streams)
        storage.let_write(deliver, storage.rollouts)
        faults = logs.LogGroup(
            self,
            "Faults",
            retention=logs.RetentionDays.TWO_WEEKS,
            encryption_key=storage.key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        fault_stream = logs.LogStream(self, "FaultStream", log_group=faults)
        faults.grant_write(deliver)
        stream = firehose.CfnDeliveryStream
        self.stream = firehose.CfnDeliveryStream(
            self,
            "Stream",
            delivery_stream_type="DirectPut",
            delivery_stream_encryption_configuration_input=stream.DeliveryStreamEncryptionConfigurationInputProperty(
                key_type="CUSTOMER_MANAGED_CMK", key_arn=storage.key.key_arn
            ),
            extended_s3_destination_configuration=stream.ExtendedS3DestinationConfigurationProperty(
                bucket_arn=storage.rollouts.bucket_arn,
                role_arn=deliver.role_arn,
                prefix=PREFIX + _DAY,
                error_output_prefix="failed/!{firehose:error-output-type}/" + _DAY,
                buffering_hints=stream.BufferingHintsProperty(
                    interval_in_seconds=60, size_in_m_bs=16
                ),
                compression_format="GZIP",
                cloud_watch_logging_options=stream.CloudWatchLoggingOptionsProperty(
                    enabled=True,
                    log_group_name=faults.log_group_name,
                    log_stream_name=fault_stream.log_stream_name,
                ),
                processing_configuration=stream.ProcessingConfigurationProperty(
                    enabled=True,
                    processors=[
                        # CloudWatch Logs sends gzipped envelopes of many events; Athena
                        # wants the events alone, one a line.
                        stream.ProcessorProperty(
                            type="Decompression",
                            parameters=[
                                stream.ProcessorParameterProperty(
                                    parameter_name="CompressionFormat", parameter_value="GZIP"
                                )
                            ],
                        ),
                        stream.ProcessorProperty(
                            type="CloudWatchLogProcessing",
                            parameters=[
                                stream.ProcessorParameterProperty(
                                    parameter_name="DataMessageExtraction", parameter_value="true"
                                )
                            ],
                        ),
                        stream.ProcessorProperty(
                            type="AppendDelimiterToRecord",
                            parameters=[
                                stream.ProcessorParameterProperty(
                                    parameter_name="Delimiter", parameter_value="\\n"
                                )
                            ],
                        ),
                    ],
                ),
            ),
        )
        self.stream.node.add_dependency(deliver)
        logged = working_for_us(stack, "logs", "logs:*")
        self._subscribe = iam.Role(self, "Subscribe", assumed_by=logged)
        self._subscribe.add_to_policy(
            iam.PolicyStatement(
                actions=["firehose:PutRecord", "firehose:PutRecordBatch"],
                resources=[self.stream.attr_arn],
            )
        )
        self._table(storage)

    def record(self, name: str, function: Function) -> None:
        """Sends a grader's records, and nothing else of its log, to the stream."""
        subscription = logs.CfnSubscriptionFilter(
            self,
            f"From-{name}",
            log_group_name=function.log_group.log_group_name,
            filter_pattern=f'{{ $.message = "{RECORD}" }}',
            destination_arn=self.stream.attr_arn,
            role_arn=self._subscribe.role_arn,
        )
        subscription.node.add_dependency(self._subscribe)

    def _table(self, storage: Storage) -> None:
        account = Stack.of(self).account
        database = f"touchstone_{self._stage.name}".replace("-", "_")
        catalog = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(name=database),
        )
        location = f"s3://{storage.rollouts.bucket_name}/{PREFIX}"
        table = glue.CfnTable(
            self,
            "Table",
            catalog_id=account,
            database_name=database,
            table_input=glue.CfnTable.TableInputProperty(
                name="rollouts",
                table_type="EXTERNAL_TABLE",
                # Days are projected, so that no crawler has to find them.
                parameters={
                    "projection.enabled": "true",
                    "projection.day.type": "date",
                    "projection.day.format": "yyyy-MM-dd",
                    "projection.day.range": "2026-01-01,NOW",
                    "storage.location.template": f"{location}day=${{day}}/",
                },
                partition_keys=[glue.CfnTable.ColumnProperty(name="day", type="string")],
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    columns=[
                        glue.CfnTable.ColumnProperty(name=name, type=kind)
                        for name, kind in COLUMNS.items()
                    ],
                    location=location,
                    input_format="org.apache.hadoop.mapred.TextInputFormat",
                    output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library="org.openx.data.jsonserde.JsonSerDe"
                    ),
                ),
            ),
        )
        table.add_resource_dependency(catalog)
