"""Signs schemathesis in as one member: session tokens live for 60 seconds, so it takes a new one every 30."""

import os

import requests
import schemathesis


@schemathesis.auth(refresh_interval=30)
class Member:
    def get(self, case, context):
        url = f"{os.environ['FUZZ_IDENTITY']}/v1/client/sessions/{os.environ['FUZZ_SESSION']}/tokens"
        answer = requests.post(url, headers={"Authorization": f"Bearer {os.environ['FUZZ_TOKEN']}"}, timeout=10)
        answer.raise_for_status()
        return answer.json()["jwt"]

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"
