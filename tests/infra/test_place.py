"""An account that prescribes network, keys, buckets, roles and tags gets them as prescribed."""

import json

import pytest

from tests.infra.conftest import listed
from touchstone.infra.settings import load_stage
from touchstone.settings import SettingsError

KEY = "arn:aws:kms:eu-west-1:111122223333:key/{}-22bb-33cc-44dd-5555eeee6666"


def test_a_stage_is_bound_to_its_account(strict, dev):
    assert strict.manifest()["assumeRoleArn"].startswith("arn:${AWS::Partition}:iam::111122223333")
    told = json.loads((strict.folder / "manifest.json").read_text())["artifacts"]
    assert told["Touchstone-strict"]["environment"] == "aws://111122223333/eu-west-1"
    told = json.loads((dev.folder / "manifest.json").read_text())["artifacts"]
    assert told["Touchstone-dev"]["environment"] == "aws://unknown-account/unknown-region"


def test_synthesis_asks_the_account_nothing(assemblies):
    for assembly in assemblies.values():
        assert "missing" not in json.loads((assembly.folder / "manifest.json").read_text())


def test_the_executor_goes_into_the_accounts_own_network(strict):
    executor = strict.functions()["touchstone-strict-executor"]["VpcConfig"]
    assert executor["SubnetIds"] == ["subnet-0123abcd", "subnet-4567abcd"]
    assert executor["SecurityGroupIds"] == ["sg-0123abcd"]
    for kind in ("VPC", "Subnet", "SecurityGroup", "NetworkAcl", "SecurityGroupEgress"):
        assert not strict.of(f"EC2::{kind}")


def test_data_and_models_are_under_the_accounts_own_keys(strict):
    assert not strict.of("KMS::Key")
    used = {g["KmsKeyId"] for g in strict.of("Logs::LogGroup").values()}
    assert used == {KEY.format("1111aaaa")}
    assert strict.outputs["ModelKeyArn"]["Value"] == KEY.format("9999aaaa")


def test_data_and_output_are_in_the_accounts_own_buckets(strict):
    assert len(strict.of("S3::Bucket")) == 2  # records and access logs
    assert strict.outputs["TrainingBucket"]["Value"] == "our-training"
    assert strict.outputs["OutputBucket"]["Value"] == "our-output"
    job = next(name for name in strict.of("IAM::Role") if name.startswith("Job"))
    read = [
        resource
        for statement in strict.statements(job)
        if "s3:GetObject" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]
    assert "arn:aws:s3:::our-training/*" in read


def test_every_role_has_its_path_its_boundary_and_its_tags(strict):
    roles = strict.of("IAM::Role").values()
    assert {role["Path"] for role in roles} == {"/teams/ml/"}
    (boundary,) = {role["PermissionsBoundary"] for role in roles}
    assert boundary == "arn:aws:iam::111122223333:policy/boundary"
    assert {policy["Path"] for policy in strict.of("IAM::ManagedPolicy").values()} == {"/teams/ml/"}
    for kind in ("IAM::Role", "Lambda::Function", "S3::Bucket", "Logs::LogGroup"):
        for resource in strict.of(kind).values():
            assert {"Key": "cost-center", "Value": "42"} in resource["Tags"]


def test_the_accounts_own_bootstrap_is_used(strict):
    assert "cdk-acme-" in strict.manifest()["assumeRoleArn"]
    assert "hnb659fds" not in strict.text


@pytest.mark.parametrize(
    "place",
    [
        {"account": "111122223333"},
        {"region": "eu-west-1"},
        {"account": "12", "region": "eu-west-1"},
        {"account": "111122223333", "region": "Ireland"},
        {"executor_vpc": {"vpc_id": "vpc-0123abcd", "subnet_ids": []}},
        {"key_arn": "alias/ours"},
        {"role_path": "teams"},
        {"permissions_boundary": "boundary"},
        {"tags": {"a": 1}},
        {"bootstrap_qualifier": "Acme"},
        {"zones": []},
    ],
)
def test_a_place_that_cannot_be_is_refused(place):
    with pytest.raises(SettingsError, match="stage 'dev'"):
        load_stage("dev", {"dev": {"place": place}})
