"""What section 13 proves by reading AWS: the points of the checklist, from the roles to the domain."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from runbook.kinds.acm import covers, names_of
from runbook.model import Check, Finding, Known, ReadOnlyAws
from runbook.sections import s13_live, s13_running, s13_telling
from runbook.sections.s13_reads import balancer_of, definition_of, missing, services, short, tasks_of, variables_of
from runbook.settings import Deployment

_STATIC_KEYS = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})
_ENDPOINTS = frozenset({"S3_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "S3_FORCE_PATH_STYLE"})
_API_KEY = "KARET_API_KEY"
_SHORTEST = 32
"""Characters of an API key that nobody guesses (AWS review, table B, item 3)."""

_PUBLIC_ACCESS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def _roles(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """Item 1: our roles on task definitions and tasks, and no static key in any variable."""
    del known
    found = services(deployment, aws)
    wrong = missing(deployment, found)
    revisions = []
    for service, one in found.items():
        name = deployment.task_role if service == "web" else deployment.worker_task_role
        definition, role = definition_of(one, aws), f"arn:{aws.partition}:iam::{deployment.account}:role/{name}"
        revisions.append(f"{short(one['taskDefinition'])} as {name}")
        if definition.get("taskRoleArn") != role:
            wrong.append(f"{short(one['taskDefinition'])} has the role {definition.get('taskRoleArn', 'none')}")
        wrong += [
            f"{container} has the variable {name}"
            for container, name, _ in variables_of(definition)
            if name in _STATIC_KEYS
        ]
        files = [
            container["name"] for container in definition["containerDefinitions"] if container.get("environmentFiles")
        ]
        wrong += [f"{name} reads variables from a file, which nobody sees here" for name in files]
        others = {short(task["taskDefinitionArn"]) for task in tasks_of(deployment, service, aws)}
        wrong += [f"a {service} task runs {other}" for other in sorted(others - {short(one["taskDefinition"])})]
        trust = aws.read("iam", "GetRole", RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        if "ecs-tasks.amazonaws.com" not in str(trust):
            wrong.append(f"{name} cannot be assumed by ECS tasks")
    if wrong:
        return Finding("failed", "; ".join(wrong), "Run `karet apply 3` and `karet apply 6`.")
    return Finding("passed", f"{', '.join(revisions)}; no static key among the variables, and every task runs these")


def _endpoints(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """Item 2: no endpoint of S3, or the one of AWS, which public builds of the worker need."""
    del known
    found = services(deployment, aws)
    expected = f"https://s3.{deployment.region}.amazonaws.com"
    wrong = missing(deployment, found)
    deviations: list[str] = []
    for one in found.values():
        for container, name, value in variables_of(definition_of(one, aws)):
            if name in _ENDPOINTS and value:
                told = f"{container}: {name} is {value}"
                (deviations if value.rstrip("/") == expected else wrong).append(told)
    if wrong:
        return Finding("failed", "; ".join(wrong), "Take the variable out of [app] in karet.toml, and apply 6.")
    if deviations:
        return Finding("passed", f"expected deviation (correction 13.1): {'; '.join(deviations)}, the endpoint of AWS")
    return Finding("passed", f"none of {', '.join(sorted(_ENDPOINTS))} is set")


def _api_key(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """Item 3: the variable comes from our secret, and that has a value; the value is measured and never shown."""
    del known
    path = deployment.secrets("web").get(_API_KEY)
    if path is None:
        return Finding("failed", f"app.web.secrets has no {_API_KEY}", "Add it in karet.toml.")
    absent = ("ResourceNotFoundException", "InvalidRequestException")
    answer = aws.find("secretsmanager", "GetSecretValue", absent, SecretId=path)
    if answer is None:
        return Finding("failed", f"{path} has no value", "Run `karet apply 9`.")
    arn = answer["ARN"]
    web = services(deployment, aws).get("web")
    if web is None:
        return Finding("failed", f"{deployment.ecs_service('web')} does not run", "Run `karet apply 6`.")
    from_ = [value for _, name, value in variables_of(definition_of(web, aws)) if name == _API_KEY]
    if not from_ or not all(value.startswith(arn) for value in from_):
        told = from_[0] if from_ and from_[0].startswith("arn:") else "nowhere"
        return Finding("failed", f"{_API_KEY} comes from {told}, and not from {path}", "Run `karet apply 6`.")
    if len(answer.get("SecretString", "")) < _SHORTEST:
        return Finding("failed", f"{path} has less than {_SHORTEST} characters", f"Run `karet rotate {path}`.")
    return Finding("passed", f"{_API_KEY} comes from {path}, which has at least {_SHORTEST} characters")


def _bucket(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """Item 4: versions, all four blocks, and no policy that makes it public."""
    del known
    account = deployment.account or ""
    at = {"Bucket": deployment.bucket(account), "ExpectedBucketOwner": account}
    gone = ("NoSuchBucket", "404")
    versioning = aws.find("s3", "GetBucketVersioning", gone, **at)
    if versioning is None:
        return Finding("failed", f"{at['Bucket']} does not exist", "Run `karet apply 2`.")
    wrong = [] if versioning.get("Status") == "Enabled" else [f"versioning is {versioning.get('Status', 'off')}"]
    block = aws.find("s3", "GetPublicAccessBlock", ("NoSuchPublicAccessBlockConfiguration",), **at) or {}
    blocks = block.get("PublicAccessBlockConfiguration", {})
    wrong += [f"{name} is off" for name in _PUBLIC_ACCESS if not blocks.get(name)]
    status = aws.find("s3", "GetBucketPolicyStatus", ("NoSuchBucketPolicy",), **at) or {}
    if status.get("PolicyStatus", {}).get("IsPublic"):
        wrong.append("its policy makes it public")
    if wrong:
        return Finding("failed", f"{at['Bucket']}: {'; '.join(wrong)}", "Run `karet apply 2`.")
    return Finding("passed", f"{at['Bucket']} keeps versions, blocks public access in all four ways, and is not public")


def _https(deployment: Deployment, aws: ReadOnlyAws, known: Known) -> Finding:
    """Item 6: a certificate of ACM that fits and is issued, and a redirect from 80 to it."""
    del known
    if deployment.tls == "none":
        return Finding(
            "failed",
            'NOT MET by choice: tls = "none" means plain HTTP, so passwords travel unencrypted',
            'Set a domain and tls = "acm" before anybody uses this for real.',
        )
    balancer = balancer_of(deployment, aws)
    if not balancer:
        return Finding("failed", "no load balancer stands before the web service", "Run `karet apply 7`.")
    listeners = aws.read("elbv2", "DescribeListeners", LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    by_port = {one.get("Port"): one for one in listeners}
    certificates = by_port.get(443, {}).get("Certificates", [])
    if not certificates:
        return Finding("failed", "nothing listens on port 443 with a certificate", "Run `karet apply 7`.")
    arn = certificates[0]["CertificateArn"]
    one = aws.read("acm", "DescribeCertificate", CertificateArn=arn)["Certificate"]
    about = f"{arn.rpartition('/')[2]} for {', '.join(names_of(one))} is {one.get('Status')}"
    if one.get("Status") != "ISSUED" or not covers(names_of(one), deployment.domain or ""):
        return Finding("failed", f"{about}, and has to cover {deployment.domain}", "Run `karet apply 7`.")
    to = [action.get("RedirectConfig", {}) for action in by_port.get(80, {}).get("DefaultActions", [])]
    if [(one.get("Protocol"), one.get("Port"), one.get("StatusCode")) for one in to] != [("HTTPS", "443", "HTTP_301")]:
        return Finding("failed", f"{about}, but port 80 does not lead to 443 with 301", "Run `karet apply 7`.")
    return Finding("passed", f"{about}; port 80 leads to 443 with 301")


def checks(deployment: Deployment) -> Sequence[Check]:
    """The points in their order; what a machine of the operator's asks over the network is not rehearsed."""
    return (
        Check("parity.roles", "Tasks act by their roles and hold no static key", partial(_roles, deployment)),
        Check("parity.endpoints", "No variable leads S3 elsewhere", partial(_endpoints, deployment)),
        Check("parity.api-key", "The API key comes from a secret with a value", partial(_api_key, deployment)),
        Check(
            "parity.api-refuses",
            "The API answers 401 to whoever brings no key",
            partial(s13_live.refuses, deployment, s13_live.NETWORK),
            not_rehearsed="no container of the real images runs, so no API of theirs answers",
        ),
        Check("parity.bucket", "Versions are kept and public access is blocked", partial(_bucket, deployment)),
        Check(
            "parity.worker",
            "Containers and private names of the worker are well",
            partial(s13_running.worker, deployment),
        ),
        Check("parity.https", "A fitting certificate is issued, and port 80 leads to it", partial(_https, deployment)),
        Check(
            "parity.handshake",
            "Visitors get a certificate that their browser trusts",
            partial(s13_live.handshake, deployment, s13_live.NETWORK),
            not_rehearsed="nobody signs certificates for the embedded AWS, and nothing listens on port 443",
        ),
        Check(
            "parity.redirect",
            "Plain HTTP is answered with 301 to HTTPS",
            partial(s13_live.redirects, deployment, s13_live.NETWORK),
            not_rehearsed="nothing listens on port 80 of the embedded AWS",
        ),
        Check("parity.logs", "Each log group has a line since the deployment", partial(s13_running.logs, deployment)),
        Check(
            "parity.upload-arrived",
            "A file of the runbook's own reached the worker",
            partial(s13_telling.arrived, deployment),
        ),
        Check(
            "parity.images",
            "The same image is in registry, definition and tasks",
            partial(s13_running.images, deployment),
        ),
        Check("parity.rollout", "Every deployment is complete", partial(s13_running.rollout, deployment)),
        Check("parity.alarms", "Every alarm tells somebody", partial(s13_telling.alarms, deployment)),
        Check("parity.name", "The domain leads to the load balancer", partial(s13_telling.name, deployment)),
    )
