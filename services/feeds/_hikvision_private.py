"""What of a Hikvision alert's pictures is a face or a plate (ADR 0062).

ANPR names each picture, and tells of the one of type `detectionPicture` where on it are the plate (`plateRect`) and the
faces behind the windscreen (`PilotRect`, `VicepilotRect`), in thousandths of it from its top left corner; the other is
a cut-out of the plate. The parts of a form bear these names and stand in any order. Of a captured face the form holds a
cut-out (`face...`) and the scene (`background...`), and `faceRect` is in shares of that.

Shapes: ISAPI, EventNotificationAlert of eventType ANPR (`ANPR/pictureInfoList/pictureInfo`) and faceCapture.
"""

import re
from collections.abc import Mapping, Sequence

from dispatch.blurs import WHOLE, Blur, join_blurs
from services.feeds._multipart import SHARED
from services.feeds._private import blur_of
from services.feeds._xml import Node, number

PICTURE = "picture"
SCENE = "detectionpicture"
"""The type of the picture that rectangles are of, and how its name begins."""
SCENES = (SCENE, "background")
CUT_OUTS = ("licenseplate", "plate", "face", "pilot", "vicepilot")
"""How the names of pictures begin that show nothing but a plate or a face."""
RECTS = ("plateRect", "PilotRect", "VicepilotRect")
"""In thousandths; some firmware writes shares."""
FACE_RECT = "faceRect"
FACE_TYPES = frozenset({"facedetection", "facesnap", "facecapture"})
"""Types of alerts whose target is a face."""
TOLD = re.compile(rb"plateRect|pilotRect|faceRect|facedetection|facesnap|facecapture", re.IGNORECASE)
"""Words without which an alert tells of no face and no plate."""
THOUSANDTHS = 1000.0

Blurs = tuple[Blur, ...]


def find_blurs(alert: Node, word: str, pictures: Mapping[str, str], media: Sequence[str]) -> Mapping[str, Blurs]:
    """Return what is to be blurred of the `media` of an alert of that type. `pictures` are those that came with it,
    with their names; of the others, which a relay has taken, nobody says what they show.
    """
    told = _of_scene(alert, word)
    found: dict[str, Blurs] = {}
    for media_id in media:
        name = pictures.get(media_id, "").casefold()
        if name == SHARED or name.startswith(CUT_OUTS):
            found[media_id] = (WHOLE,)
        elif told:
            is_scene = name.startswith(SCENES) or _is_only(alert, media_id, pictures)
            found[media_id] = told if is_scene else (WHOLE,)
    return found


def _is_only(alert: Node, media_id: str, pictures: Mapping[str, str]) -> bool:
    """Say whether a picture, whatever a relay has named it, is all that came, and the alert tells of no other."""
    types = [_type_of(node) for node in alert.walk() if _type_of(node).endswith(PICTURE)]
    return list(pictures) == [media_id] and types in ([], [SCENE])


def _type_of(node: Node) -> str:
    """Return the type of what tells of a picture; it stands in a list in JSON, in an element of its own in XML."""
    return node.value("type").casefold()


def _of_scene(alert: Node, word: str) -> Blurs:
    """Return what is to be blurred of the scene; () where no face and no plate is told of."""
    infos = [node for node in alert.walk() if _type_of(node) == SCENE]
    rects = [rect for node in infos for name in RECTS for rect in node.within(name)]
    faces = [*alert.within(FACE_RECT), *(alert.within("TargetRect") if word.casefold() in FACE_TYPES else ())]
    found = [*(_blur_of(rect, THOUSANDTHS) for rect in rects), *(_blur_of(rect, 1.0) for rect in faces)]
    return join_blurs([blur for blur in found if blur is not None])


def _blur_of(rect: Node, full: float) -> Blur | None:
    left, top, width, height = (number(rect.value(name)) for name in ("X", "Y", "width", "height"))
    if left is None or top is None or width is None or height is None:
        return WHOLE if rect.children else None
    edges = (left, top, left + width, top + height)
    return blur_of(edges, 1.0 if max(edges) <= 1 else full)
