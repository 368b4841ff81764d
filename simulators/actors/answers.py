"""What cameras and sensors say when the platform asks whether a happening is over: they look, and answer."""

import asyncio

from simulators.stage import Stage
from simulators.wire import JsonObject, Refused, Unreachable

ASK_EVERY_S = 2.0
QUESTIONS = "/api/v1/questions"
BLIND_SHARE = 0.06
"""Questions that a source cannot answer: a lorry before the lens, a probe that is being cleaned."""


async def run_answers(stage: Stage) -> None:
    """Answer for every gateway. Runs until cancelled."""
    random = stage.stream("answers")
    while True:
        for gateway in stage.world.gateways:
            for question in await _ask(stage, stage.keys[gateway]):
                said = "unknown" if random.random() < BLIND_SHARE else _look(stage, question)
                await _answer(stage, stage.keys[gateway], question, said)
        await asyncio.sleep(ASK_EVERY_S)


def _look(stage: Stage, question: JsonObject) -> str:
    return "present" if question["case_id"] in stage.badly_done else "clear"


async def _ask(stage: Stage, key: str) -> list[JsonObject]:
    try:
        page = await stage.wire.get_key(QUESTIONS, key)
    except (Refused, Unreachable) as refused:
        stage.ledger.refuse(f"questions {refused}")
        return []
    items: list[JsonObject] = page["items"]
    return items


async def _answer(stage: Stage, key: str, question: JsonObject, said: str) -> None:
    try:
        await stage.wire.post_key(f"{QUESTIONS}/{question['case_id']}", key, {"answer": said})
        stage.ledger.did(f"source says {said}")
    except Refused as refused:
        # 409: the source has said it in its own words meanwhile, or a person has looked.
        stage.ledger.refuse(f"answer {refused.status} {refused.kind}")
    except Unreachable as error:
        stage.ledger.refuse(f"answer {error}")
