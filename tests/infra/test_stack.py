"""What CDK deploys: who may do what, what is watched, what an operator is told."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from tests.infra.conftest import flat, listed
from tests.infra.full import GRADERS, NAMES, NEEDS, PROFILE
from tests.support import row
from touchstone.contract import Result, parse
from touchstone.observe import RECORD, rollout_record
from touchstone.outcomes import FaultKind, Grade
from touchstone.sandbox.bundles import EXECUTORS_EACH

LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
TRACES = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
INTERFACES = {
    f"ec2:{action}"
    for action in (
        "CreateNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets",
        "DeleteNetworkInterface", "AssignPrivateIpAddresses", "UnassignPrivateIpAddresses",
    )
}  # fmt: skip
REGRADES = {
    "lambda:InvokeFunction", "kms:Decrypt", "kms:GenerateDataKey",
    *(f"s3:{action}" for action in (
        "GetObject", "ListBucket", "PutObject", "AbortMultipartUpload", "GetBucketLocation",
        "ListBucketMultipartUploads",
    )),
}  # fmt: skip
ALLOWED = {"executor": {"lambda:InvokeFunction"}, "judge": {"bedrock:InvokeModel"}}


def allowed(grader):
    # An offline judge is asked nothing.
    needs = NEEDS[grader] - ({"judge"} if grader == "summarization_quality" else set())
    return set[str]().union(*(ALLOWED.get(need, set()) for need in needs))


@pytest.mark.parametrize(
    ("function", "more"),
    [
        ("touchstone-full-executor", INTERFACES),
        ("touchstone-full-monitor", TRACES | {"s3:GetObject", "s3:ListBucket", "kms:Decrypt"}),
        ("touchstone-full-regrade", TRACES | REGRADES),
        *((NAMES[grader], TRACES | allowed(grader)) for grader in GRADERS),
    ],
)
def test_a_function_may_do_what_it_must_and_nothing_else(full, function, more):
    granted = full.granted(function)
    assert granted.keys() == LOGS | more
    own = full.functions()[function]["LoggingConfig"]["LogGroup"].strip("<>")
    for action in LOGS:
        assert granted[action] == [f"<{own}.Arn>"]


def test_no_role_has_wildcard_actions_or_borrowed_policies(assemblies):
    for assembly in assemblies.values():
        for role in assembly.of("IAM::Role").values():
            assert "ManagedPolicyArns" not in role
        for policy in assembly.of("IAM::ManagedPolicy").values():
            for statement in policy["PolicyDocument"]["Statement"]:
                assert not [action for action in listed(statement["Action"]) if "*" in action]
        for policy in assembly.of("IAM::Policy").values():
            for statement in policy["PolicyDocument"]["Statement"]:
                if statement["Effect"] == "Allow":
                    assert not [a for a in listed(statement["Action"]) if "*" in a]


def test_each_function_has_a_role_of_its_own(full):
    roles = [function["Role"] for function in full.functions().values()]
    assert len(set(roles)) == len(roles) == len(GRADERS) + 3


def test_a_judge_may_invoke_exactly_its_models(full):
    profile = (
        "arn:<AWS::Partition>:bedrock:<AWS::Region>:<AWS::AccountId>"
        ":inference-profile/us.amazon.nova-pro-v1:0"
    )
    assert set(full.granted(NAMES["instruction_following"])["bedrock:InvokeModel"]) == {
        profile,
        "arn:<AWS::Partition>:bedrock:*::foundation-model/amazon.nova-pro-v1:0",
        "arn:<AWS::Partition>:bedrock:<AWS::Region>::foundation-model/amazon.nova-lite-v1:0",
    }
    assert set(full.granted(NAMES["content_moderation"])["bedrock:InvokeModel"]) == {
        PROFILE,
        "arn:<AWS::Partition>:bedrock:*::foundation-model/*",
    }
    conditions = {
        json.dumps(statement["Condition"])
        for policy in full.of("IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if any("bedrock:*" in resource for resource in listed(statement["Resource"]))
    }
    assert conditions == {
        json.dumps({"StringLike": {"bedrock:InferenceProfileArn": arn}})
        for arn in (profile, PROFILE)
    }


def test_a_version_of_a_code_grader_calls_one_version_of_the_executor(full):
    (versions,) = full.granted(NAMES["code_verification"])["lambda:InvokeFunction"]
    environment = full.functions()[NAMES["code_verification"]]["Environment"]["Variables"]
    version = full.of("Lambda::Version")[environment["TOUCHSTONE_EXECUTOR"].strip("<>")]
    executor = version["FunctionName"].strip("<>")
    assert full.of("Lambda::Function")[executor]["FunctionName"] == "touchstone-full-executor"
    assert versions == f"<{executor}.Arn>:*"


def test_a_version_outlives_the_deployment_that_made_it_and_lambdas_own_updates(full):
    versions = [r for r in full.resources.values() if r["Type"] == "AWS::Lambda::Version"]
    assert len(versions) == len(full.functions())
    assert {v["DeletionPolicy"] for v in versions} == {"RetainExceptOnCreate"}
    for function in full.functions().values():
        assert function["RuntimeManagementConfig"] == {"UpdateRuntimeOn": "FunctionUpdate"}


def test_an_alias_stays_where_a_deployment_holds_it(strict):
    numbers = {a["FunctionName"]: a["FunctionVersion"] for a in strict.of("Lambda::Alias").values()}
    names = {f"<{key}>": f["FunctionName"] for key, f in strict.of("Lambda::Function").items()}
    held = {names[key]: number for key, number in numbers.items() if number.isdigit()}
    assert held == {"touchstone-strict-house-code": "7"}


def test_the_executors_code_is_denied_all_but_its_log(full):
    role = full.functions()["touchstone-full-executor"]["Role"].strip("<>").removesuffix(".Arn")
    (denied,) = [s for s in full.statements(role) if s["Effect"] == "Deny"]
    assert set(denied["NotAction"]) == LOGS
    assert denied["Resource"] == "*"
    here = "arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>"
    own = f"{here}:function:touchstone-full-executor"
    assert denied["Condition"] == {"ArnEquals": {"lambda:SourceFunctionArn": own}}


def test_the_executor_has_no_way_out(full):
    for way in ("InternetGateway", "NatGateway", "Route", "VPCPeeringConnection", "EIP"):
        assert not full.of(f"EC2::{way}")
    (vpc,) = full.of("EC2::VPC").values()
    # Names are looked up past security groups and network ACLs.
    assert vpc["EnableDnsSupport"] is False
    (group,) = full.of("EC2::SecurityGroup").values()
    assert "SecurityGroupIngress" not in group
    # EC2 lets everything out of a group without rules, so CDK writes one that matches nothing.
    assert [(rule["CidrIp"], rule["IpProtocol"]) for rule in group["SecurityGroupEgress"]] == [
        ("255.255.255.255/32", "icmp")
    ]
    assert not full.of("EC2::NetworkAclEntry")
    executor = full.functions()["touchstone-full-executor"]["VpcConfig"]
    shut = {entry["SubnetId"] for entry in full.of("EC2::SubnetNetworkAclAssociation").values()}
    assert set(executor["SubnetIds"]) == shut
    assert all(not subnet["MapPublicIpOnLaunch"] for subnet in full.of("EC2::Subnet").values())
    (vpc_name,) = full.of("EC2::VPC")
    assert all(e["VpcId"] != f"<{vpc_name}>" for e in full.of("EC2::VPCEndpoint").values())
    assert [log["TrafficType"] for log in full.of("EC2::FlowLog").values()] == ["REJECT"]


def test_tenants_are_isolated_only_where_the_stage_says_so(full, dev):
    executor = full.functions()["touchstone-full-executor"]
    assert executor["TenancyConfig"] == {"TenantIsolationMode": "PER_TENANT"}
    code = full.functions()[NAMES["code_verification"]]["Environment"]["Variables"]
    assert code["TOUCHSTONE_TENANT"] == "code_verification"
    assert "TenancyConfig" not in dev.functions()["touchstone-dev-executor"]
    code = dev.functions()["touchstone-dev-house-code"]["Environment"]["Variables"]
    assert "TOUCHSTONE_TENANT" not in code


def test_functions_that_hold_code_hide_from_it(full):
    hidden = {
        name
        for name, function in full.functions().items()
        if "AWS_LAMBDA_EXEC_WRAPPER" in function.get("Environment", {}).get("Variables", {})
    }
    caging = {NAMES[grader] for grader in GRADERS if "sandbox" in NEEDS[grader]}
    assert hidden == {"touchstone-full-executor"} | caging


def test_every_function_is_made_as_set(full, dev):
    for function in full.functions().values():
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["x86_64"]
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
    assert dev.functions()["touchstone-dev-house-code"]["Architectures"] == ["arm64"]
    math, code = (
        full.functions()[NAMES["math_reasoning"]],
        full.functions()[NAMES["code_verification"]],
    )
    assert (math["MemorySize"], math["Timeout"]) == (1769, 120)
    assert math["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    copies = math["ReservedConcurrentExecutions"]
    assert code["ReservedConcurrentExecutions"] == copies > 0
    provisioned = [
        alias["ProvisionedConcurrencyConfig"]["ProvisionedConcurrentExecutions"]
        for alias in full.of("Lambda::Alias").values()
        if "ProvisionedConcurrencyConfig" in alias
    ]
    assert provisioned == [copies]


def test_the_worker_of_regrading_calls_graders_alone_by_version(full):
    called = full.granted("touchstone-full-regrade")["lambda:InvokeFunction"]
    assert len(called) == len(GRADERS)
    assert all(arn.endswith(".Arn>:*") and "Grader" in arn for arn in called)
    (machine,) = full.of("StepFunctions::StateMachine").values()
    shards = json.loads(machine["DefinitionString"])["States"]["Shards"]
    worker = full.functions()["touchstone-full-regrade"]
    assert shards["MaxConcurrency"] == worker["ReservedConcurrentExecutions"]


def test_the_functions_of_a_stage_reserve_its_concurrency_and_no_more(full, dev):
    reserved = {
        name: function.get("ReservedConcurrentExecutions", 0)
        for name, function in full.functions().items()
    }
    assert 180 < sum(reserved.values()) <= 200
    code = [name for name, needs in NEEDS.items() if "executor" in needs]
    held = sum(reserved[NAMES[name]] for name in code)
    assert reserved["touchstone-full-executor"] >= EXECUTORS_EACH * held
    assert not any("ReservedConcurrentExecutions" in one for one in dev.functions().values())


def test_every_log_and_bucket_is_encrypted_and_ends(full):
    key = "<StorageKeyBAA9457B.Arn>"
    for group in full.of("Logs::LogGroup").values():
        assert group["KmsKeyId"] == key
        assert group["RetentionInDays"] > 0
    encrypted = Counter()
    for bucket in full.of("S3::Bucket").values():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        encrypted[rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"]] += 1
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert all(bucket["PublicAccessBlockConfiguration"].values())
        assert bucket["LifecycleConfiguration"]["Rules"]
    assert encrypted == {"aws:kms": 3, "AES256": 1}
    for policy in full.of("S3::BucketPolicy").values():
        refused = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
        assert refused[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("grader", GRADERS)
def test_every_grader_has_its_alarms(full, grader):
    wanted = {
        "UnscoredShare", "ProvokedFaultShare", "Errors", "ThrottledShare", "NearTimeout",
        "FlatGroups", "FlatGroupsAcrossCalls", "RewardHigh", "RewardLow",
    }  # fmt: skip
    if "judge" in NEEDS[grader]:
        wanted.add("JudgeSpend")
    if {"sandbox", "executor"} & NEEDS[grader]:
        wanted.add("SandboxFaults")
    (topic,) = full.of("SNS::Topic")
    prefix = f"Touchstone grader {grader}: "
    alarms = [
        alarm
        for alarm in full.of("CloudWatch::Alarm").values()
        if alarm["AlarmDescription"].startswith(prefix)
    ]
    assert {alarm["AlarmDescription"].removeprefix(prefix) for alarm in alarms} == wanted
    assert all(alarm["AlarmActions"] == [f"<{topic}>"] for alarm in alarms)
    assert all(alarm["OKActions"] == [f"<{topic}>"] for alarm in alarms)
    (near,) = [a for a in alarms if a["AlarmDescription"].endswith("NearTimeout")]
    timeout_s = full.functions()[NAMES[grader]]["Timeout"]
    assert near["ExtendedStatistic"] == "p99"
    assert near["Threshold"] == timeout_s * 1000 * 0.8


def test_helpers_wake_an_operator_too(full):
    described = {alarm["AlarmDescription"] for alarm in full.of("CloudWatch::Alarm").values()}
    for helper in ("executor", "monitor"):
        assert f"Touchstone {helper}: Errors" in described
    # Being busy and waited for is how a step works.
    assert not [what for what in described if what.endswith(": Throttles")]


def test_a_call_is_watched_by_whichever_name_it_was_made(full):
    for alarm in full.of("CloudWatch::Alarm").values():
        watched = [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", ()) if "MetricStat" in m]
        for metric in watched or [alarm]:
            names = {dimension["Name"] for dimension in metric["Dimensions"]}
            assert names in ({"FunctionName"}, {"service"})


def test_the_dashboard_has_a_row_per_grader_with_every_way_to_be_unscored(full):
    (dashboard,) = full.of("CloudWatch::Dashboard").values()
    body = json.loads(dashboard["DashboardBody"])
    titles = [widget["properties"]["title"] for widget in body["widgets"]]
    assert [title for title in titles if title.endswith(": reward")] == [
        f"{grader}: reward" for grader in GRADERS
    ]
    assert len(titles) == 6 * len(GRADERS) + 2 * 3
    assert {"executor: calls; throttles", "executor: copies at once"} <= set(titles)
    text = dashboard["DashboardBody"]
    shown = [
        "JudgeCostUsd",
        "ProvokedFaults",
        "Criterion_tests_passed",
        "IsolationLevel",
        "WindowAllZero",
    ]
    for name in (*shown, *(f"Unscored_{kind}" for kind in get_args(FaultKind))):
        assert f'"{name}"' in text


def test_outputs_say_what_to_pick_in_the_console(full):
    aliases = full.of("Lambda::Alias")
    for grader in GRADERS:
        output = full.outputs[f"Grader{grader.replace('_', '')}Arn"]
        alias = aliases[output["Value"]["Ref"]]
        assert alias["Name"] == "live"
        assert "Pick this Lambda" in output["Description"]
        assert full.outputs[f"Grader{grader.replace('_', '')}Logs"]["Value"]["Ref"]
    for name in (
        "JobRoleArn", "TrainingBucket", "OutputBucket", "RolloutsBucket", "ModelKeyArn",
        "AlertTopicArn", "DashboardUrl", "JobStarterPolicyArn",
    ):  # fmt: skip
        assert full.outputs[name]["Description"]


def test_only_this_accounts_customization_jobs_take_the_job_role(full):
    (role,) = [
        role["AssumeRolePolicyDocument"]["Statement"]
        for role in full.of("IAM::Role").values()
        if "bedrock" in json.dumps(role["AssumeRolePolicyDocument"])
    ]
    jobs = "arn:<AWS::Partition>:bedrock:<AWS::Region>:<AWS::AccountId>:model-customization-job/*"
    assert role[0]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "<AWS::AccountId>"},
        "ArnEquals": {"aws:SourceArn": jobs},
    }


# Services that are trusted whatever they act for, and why that lets nobody in.
UNCONDITIONED = {
    "lambda.amazonaws.com",  # only who may pass the role, in this account, makes it a function's
    "events.amazonaws.com",  # the topic takes messages of one rule; KMS is not told whose they are
}


def service_statements(assembly):
    """Every statement that lets a service in, with where it stands."""
    for name, resource in assembly.resources.items():
        properties = flat(resource.get("Properties", {}))
        for key in ("AssumeRolePolicyDocument", "KeyPolicy", "PolicyDocument"):
            for statement in properties.get(key, {}).get("Statement", ()):
                principal = statement.get("Principal", {})
                if statement["Effect"] == "Allow" and isinstance(principal, dict):
                    for service in listed(principal.get("Service", [])):
                        yield name, service, statement


def test_a_service_may_act_for_this_account_alone(full):
    free = [
        (name, service)
        for name, service, statement in service_statements(full)
        if service not in UNCONDITIONED
        and not any(
            key.startswith("aws:Source") or key == "kms:EncryptionContext:aws:logs:arn"
            for keys in statement.get("Condition", {}).values()
            for key in keys
        )
    ]
    assert not free


def test_services_that_have_a_source_are_held_to_it(full):
    held = {service for _, service, s in service_statements(full) if "Condition" in s}
    assert held >= {
        f"{name}.amazonaws.com"
        for name in ("firehose", "logs", "vpc-flow-logs", "cloudwatch", "budgets", "bedrock")
    }


def job_role(assembly):
    (name,) = [
        name for name, role in assembly.of("IAM::Role").items()
        if "bedrock.amazonaws.com" in json.dumps(role["AssumeRolePolicyDocument"])
    ]  # fmt: skip
    return assembly.statements(name)


def test_a_job_may_invoke_the_graders_but_never_the_executor(full):
    invoked = [
        resource
        for statement in job_role(full)
        if "lambda:InvokeFunction" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]
    functions = {
        f"<{name}.Arn>": properties["FunctionName"]
        for name, properties in full.of("Lambda::Function").items()
    }
    qualified = [f"{arn}:*" for arn in functions if functions[arn] in NAMES.values()]
    plain = [arn for arn in functions if functions[arn] in NAMES.values()]
    assert sorted(invoked) == sorted(plain + qualified)


def test_a_job_enters_a_vpc_only_when_asked_and_only_that_one(full, dev):
    def ec2(assembly):
        return [s for s in job_role(assembly) if listed(s["Action"])[0].startswith("ec2:")]

    assert ec2(dev) == []
    assert any("vpc/vpc-0123abcd" in json.dumps(s.get("Condition")) for s in ec2(full))
    assert {e["ServiceName"].rpartition(".")[2] for e in full.of("EC2::VPCEndpoint").values()} == {
        "s3", "lambda",
    }  # fmt: skip
    assert not dev.of("EC2::VPCEndpoint")


def test_a_jobs_end_is_told_by_the_field_that_bedrock_sends(full):
    (rule,) = [r for r in full.of("Events::Rule").values() if "EventPattern" in r]
    assert rule["EventPattern"]["detail"].keys() == {"jobStatus"}
    (topic,) = full.of("SNS::Topic")
    assert [target["Arn"] for target in rule["Targets"]] == [f"<{topic}>"]


def test_a_budget_only_where_one_is_set(full, dev):
    (budget,) = full.of("Budgets::Budget").values()
    assert budget["Budget"]["BudgetLimit"] == {"Amount": 50, "Unit": "USD"}
    assert not dev.of("Budgets::Budget")


def test_every_graders_records_go_to_a_table_that_has_their_fields(full):
    filters = full.of("Logs::SubscriptionFilter").values()
    assert {f["FilterPattern"] for f in filters} == {f'{{ $.message = "{RECORD}" }}'}
    logs = {f["LogGroupName"] for f in filters}
    assert logs == {full.functions()[name]["LoggingConfig"]["LogGroup"] for name in NAMES.values()}
    (table,) = full.of("Glue::Table").values()
    columns = {column["Name"] for column in table["TableInput"]["StorageDescriptor"]["Columns"]}
    sample = parse([row("yes")]).rows[0]
    record = rollout_record(sample, Result("r", Grade(1.0), 1.0), "1", record_text=True)
    assert record.keys() | {"timestamp", "service", "fault"} == columns
    (stream,) = full.of("KinesisFirehose::DeliveryStream").values()
    delivered = stream["ExtendedS3DestinationConfiguration"]
    location = table["TableInput"]["StorageDescriptor"]["Location"]
    assert location.endswith("/rollouts/")
    assert delivered["Prefix"].startswith("rollouts/day=")
    (schedule,) = [r for r in full.of("Events::Rule").values() if "ScheduleExpression" in r]
    assert schedule["ScheduleExpression"] == "rate(15 minutes)"


def test_stages_differ_by_their_settings_only(assemblies):
    def kinds(name):
        return Counter(r["Type"] for r in assemblies[name].resources.values())

    # cdk.json gives prod a budget and lets its data outlive it.
    assert kinds("prod") - kinds("dev") == {"AWS::Budgets::Budget": 1}
    assert kinds("dev") - kinds("prod") == {}
    kept = {
        name: [r["DeletionPolicy"] for r in assemblies[name].resources.values()
               if r["Type"] == "AWS::S3::Bucket"]
        for name in ("dev", "prod")
    }  # fmt: skip
    assert kept == {"dev": ["Delete"] * 4, "prod": ["RetainExceptOnCreate"] * 4}
    manifests = {name: assemblies[name].manifest() for name in kept}
    assert [manifests[name].get("terminationProtection") for name in kept] == [False, True]


def test_a_model_has_a_key_that_outlives_the_stage(dev):
    keys = {name: r for name, r in dev.resources.items() if r["Type"] == "AWS::KMS::Key"}
    model = dev.outputs["ModelKeyArn"]["Value"]["Fn::GetAtt"][0]
    assert keys.pop(model)["DeletionPolicy"] == "RetainExceptOnCreate"
    assert [key["DeletionPolicy"] for key in keys.values()] == ["Delete"]
    (granted,) = [s for s in job_role(dev) if "kms:CreateGrant" in listed(s["Action"])]
    assert granted["Resource"] == f"<{model}.Arn>"


def test_two_syntheses_are_identical_wherever_they_run(assemblies):
    # The template names every package by the hash of its content.
    assert assemblies["again"].text == assemblies["dev"].text
    assert ".zip" in assemblies["dev"].text


def test_the_security_linter_finds_nothing_that_has_no_reason(full):
    report = json.loads((full.folder / "validation-report.json").read_text())
    assert {p["pluginName"]: p["conclusion"] for p in report["pluginReports"]} == {
        "AwsSolutions": "success"
    }


def test_the_templates_are_valid(assemblies):
    paths = [str(assemblies[name].path) for name in ("dev", "prod", "full")]
    # W3005: CDK writes dependencies that references already imply.
    linter = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run([linter, "-i", "W3005", "-t", *paths], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_stage_that_outgrows_a_stack_is_refused_with_the_count(dev):
    said = (dev.folder.parent / "refused.txt").read_text()
    assert f"4 graders need {len(dev.resources)} resources, and a stack holds 100" in said
