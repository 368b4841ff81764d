"""An OpenID Connect provider in a process of its own (`oidc-provider` of npm), and a browser that signs on at it.

It is certified, and written by others in another language than the client that is tested: what both agree on is the
standard.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.settings import Oidc
from tests.parts.processes import Process, can_connect, find_free_port

SCRIPT = Path(__file__).with_name("oidc_provider.mjs")
FRONT = Path(__file__).resolve().parents[2] / "frontend"
CLIENT_ID = "wardline"
CLIENT_SECRET = "a secret that only the two of them know"
START_S = 60.0

PEOPLE: Mapping[str, Mapping[str, Any]] = {
    "lin": {"name": "林晓", "preferred_username": "lin", "groups": ["staff", "city-dispatch"]},
    "gao": {"name": "高原", "preferred_username": "gao", "groups": ["dept-dispatch"], "department": "D01"},
    "guest": {"name": "Guest", "preferred_username": "guest", "groups": ["visitors"]},
    "nameless": {"name": "No name", "groups": ["city-dispatch"]},
}


@dataclass(frozen=True)
class Provider:
    issuer: str
    back: str

    def settings(self, **changes: Any) -> Oidc:
        """Return how Wardline is set to use it."""
        values: dict[str, Any] = {
            "issuer": self.issuer,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "label": "城市统一认证",
            "role_map": (("city-dispatch", "dispatcher"), ("dept-dispatch", "department_dispatcher")),
            "department_claim": "department",
        }
        return Oidc(**(values | changes))


@contextmanager
def run_provider(folder: Path, back: str, people: Mapping[str, Mapping[str, Any]] = PEOPLE) -> Iterator[Provider]:
    """Run the provider until the block ends; `back` is where it may send browsers back to."""
    node = shutil.which("node")
    if node is None or not (FRONT / "node_modules" / "oidc-provider").exists():
        if os.environ.get("CI"):
            pytest.fail("no node, or no oidc-provider in frontend/node_modules")
        pytest.skip("no node, or no oidc-provider in frontend/node_modules")
    port = find_free_port()
    env = {
        "PORT": str(port),
        "BACK": back,
        "CLIENT_ID": CLIENT_ID,
        "CLIENT_SECRET": CLIENT_SECRET,
        "PEOPLE": json.dumps(people),
        "FRONT": str(FRONT),
    }
    process = Process([node, str(SCRIPT)], log=folder / "oidc.log", env=env)
    process.start(lambda: can_connect(port), within_s=START_S)
    try:
        yield Provider(f"http://127.0.0.1:{port}", back)
    finally:
        process.stop()


def sign_on_there(url: str, login: str) -> str:
    """Sign on at the provider as a person would, and agree to what he is asked; return the address it sends back to."""
    with httpx.Client(follow_redirects=False, timeout=20) as browser:
        answer = browser.get(url)
        for _ in range(12):
            if answer.is_redirect:
                target = str(answer.next_request.url) if answer.next_request else ""
                if "/interaction/" not in target and not target.startswith(url.split("/auth")[0]):
                    return target
                answer = browser.get(target)
                continue
            form = re.search(r'action="([^"]+)"', answer.text)
            assert form, answer.text[:500]
            prompt = "login" if 'name="login"' in answer.text else "consent"
            data = {"prompt": prompt} | ({"login": login, "password": "x"} if prompt == "login" else {})
            answer = browser.post(form[1], data=data)
    raise AssertionError("the provider does not come to an end")
