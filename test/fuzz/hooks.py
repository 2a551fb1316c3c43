"""Signs schemathesis in as one member: session tokens live for 60 seconds, so it takes a new one every 30."""

import os

import requests
import schemathesis


@schemathesis.auth(refresh_interval=30)
class Member:
    def get(self, case, context):
        answer = requests.get(os.environ["FUZZ_TOKENS"], timeout=10)
        answer.raise_for_status()
        return answer.text

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"
