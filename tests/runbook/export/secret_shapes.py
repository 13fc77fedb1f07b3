"""Shapes of secrets as they turn up in settings, parameters, answers, errors and output of tools; all are made up."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Shape:
    """Data with a secret in it, and the texts that may not be seen afterwards."""

    name: str
    planted: Any
    needles: tuple[str, ...]


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


API_KEY = "kR7vQ2mX9pL4wZ8nB3tY6cF1hJ5dS0gAeU"
PASSWORD = "hunter2-Tr0ub4dor"
SECRET_KEY = "wJa1rXUtnF3EMIxK7MDENGbPxRf1CYzEXAMPLEKE"
SESSION = "IQoJb3JpZ2luX2VjEJr" + "Aa9Zq7Bb3Yp5Cc1Xo8Dd6Wn4" * 12
PRESIGNED = (
    "https://karet-data.s3.amazonaws.com/raw/a.csv?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAQ3EGRZ5TAB7CDEFG"
    "%2F20261123%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Security-Token=FwoGZXIvYXdzEBYaD&X-Amz-Signature=" + "9f" * 32
)
ECR = _b64(json.dumps({"payload": "r4nd0mPayl0ad" * 12, "datakey": "AQEBAHh", "version": "2"}))
KEY_BODY = "MIIEowIBAAKCAQEA7qX1pR" + "k9Lm2Nv8" * 6
PRIVATE_KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{KEY_BODY}\n-----END RSA PRIVATE KEY-----\n"
JWT = ".".join(
    [*(_b64(one).rstrip("=") for one in ('{"alg":"HS256"}', '{"sub":"karet-admin"}')), "c2lnbmF0dXJlLW9mLWl0"]
)
DSN = f"postgres://karet:{PASSWORD}@db.internal:5432/karet"
GITHUB = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
GENERATED = "Zq7Bb3Yp5Cc1Xo8Dd6Wn4Aa9Ff2Gg0Hh7Jj5Kk3Ll1Mm8Nn6"

SHAPES = (
    Shape("api key in settings", {"environment": {"KARET_API_KEY": API_KEY}}, (API_KEY,)),
    Shape("api key of a container", {"environment": [{"name": "KARET_API_KEY", "value": API_KEY}]}, (API_KEY,)),
    Shape("access key id", f"denied for {'AKIA' + 'Q3EGRZ5TAB7CDEFG'}", ("AKIAQ3EGRZ5TAB7CDEFG",)),
    Shape("secret access key", f"export SECRET {SECRET_KEY} done", (SECRET_KEY,)),
    Shape("session token", {"Credentials": {"SessionToken": SESSION}}, (SESSION, SESSION[20:80])),
    Shape("session token in an ini file", f"[default]\naws_session_token = {SESSION}\n", (SESSION, SESSION[20:80])),
    Shape("presigned address", f"GET {PRESIGNED} failed", ("9f9f9f9f", "FwoGZXIvYXdz", "AKIAQ3EG")),
    Shape("presigned address, quoted", f"redirect={quote(PRESIGNED, safe='')}", ("9f9f9f9f", "AKIAQ3EG")),
    Shape("password of ECR", f"docker login --username AWS --password {ECR} registry", (ECR, ECR[:60])),
    Shape("authorization of ECR", {"authorizationData": [{"proxy": _b64(f"AWS:{ECR}")}]}, (_b64(f"AWS:{ECR}")[:80],)),
    Shape("Basic header", f"> Authorization: Basic {_b64(f'karet:{PASSWORD}')}", (_b64(f"karet:{PASSWORD}"),)),
    Shape("Bearer header", f'curl -H "Authorization: Bearer {JWT}" https://x', (JWT, JWT.split(".")[2])),
    Shape("token of JSON alone", f"got {JWT} back", (JWT, JWT.split(".")[1])),
    Shape("private key", {"error": f"cannot parse\n{PRIVATE_KEY}"}, (KEY_BODY, "MIIEow")),
    Shape("connection string", f"could not connect to {DSN}", (PASSWORD,)),
    Shape("connection string of pairs", f"Server=db;User Id=karet;Password={PASSWORD};Encrypt=true", (PASSWORD,)),
    Shape("base64 of a connection string", {"data": _b64(DSN)}, (_b64(DSN),)),
    Shape("base64 of base64", {"data": _b64(_b64(f"password={PASSWORD}"))}, (_b64(_b64(f"password={PASSWORD}")),)),
    Shape("JSON inside a parameter", {"Value": json.dumps({"db": {"password": PASSWORD}})}, (PASSWORD,)),
    Shape("JSON inside JSON", {"Value": json.dumps({"inner": json.dumps({"api_key": API_KEY})})}, (API_KEY,)),
    Shape("JSON that was cut", '{"a":1,"client_secret":"' + PASSWORD + '","b":[1,2... (9000 characters)', (PASSWORD,)),
    Shape("token of GitHub", f"remote: https://x-access-token:{GITHUB}@github.com/o/r.git", (GITHUB,)),
    Shape("token of GitHub alone", f"using {GITHUB}", (GITHUB,)),
    Shape("login of docker", {"auths": {"r": {"auth": _b64(f"me:{PASSWORD}")}}}, (_b64(f"me:{PASSWORD}"),)),
    Shape("flag of a tool", f"mysql --password {PASSWORD} --host db", (PASSWORD,)),
    Shape("login of curl", f"curl -u karet:{PASSWORD} https://x", (PASSWORD,)),
    Shape("cookie", "Set-Cookie: sid=s3ss10nV4lue; Path=/", ("s3ss10nV4lue",)),
    Shape("generated value alone", f"the value {GENERATED} was refused", (GENERATED,)),
)
