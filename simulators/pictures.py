"""Drawn pictures: a street as a camera sees it, what is wrong there, and the same street put right.

The street depends on `place` alone, so every picture of one place shows the same houses. JPEG, 640 x 360.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 640, 360
HORIZON = 150
VANISH = 330
QUALITY = 78
Box = tuple[int, int, int, int]
Colour = tuple[int, int, int]
Painter = Callable[[ImageDraw.ImageDraw, Box, Random], None]

FONT = ImageFont.load_default(15)
SMALL = ImageFont.load_default(12)
DAY, DUSK, NIGHT = ((196, 216, 232), (236, 240, 240)), ((150, 120, 140), (232, 180, 140)), ((14, 18, 34), (38, 42, 60))
"""Sky at the top and at the horizon."""
PAVEMENT: Colour = (158, 154, 148)
FACADES: tuple[Colour, ...] = (
    (201, 188, 168),
    (176, 168, 160),
    (158, 150, 142),
    (186, 160, 140),
    (148, 160, 168),
    (206, 200, 190),
)
CARS: tuple[Colour, ...] = (
    (200, 30, 40),
    (240, 240, 240),
    (40, 60, 120),
    (30, 30, 34),
    (170, 175, 180),
    (220, 180, 40),
)


def draw_snapshot(place: str, label: str, score: float, at: datetime, caption: str, random: Random) -> bytes:
    """Return what a camera saw: the street, the thing with its box and score, the camera's name and the time."""
    image, pen = _street(place, at)
    box = _thing_box(random)
    _painter(label)(pen, box, random)
    _frame(pen, box, f"{label} {score:.0%}")
    return _finish(image, pen, caption, at, random)


def draw_photo(place: str, label: str, at: datetime, random: Random) -> bytes:
    """Return what a passer-by photographed: the thing, a little askew, without box or caption."""
    image, pen = _street(place, at)
    _painter(label)(pen, _thing_box(random), random)
    image = image.rotate(random.uniform(-3, 3), resample=Image.Resampling.BICUBIC, expand=False)
    return _encode(image.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.4))))


def draw_after(place: str, at: datetime, caption: str, random: Random, *, done: bool, label: str = "") -> bytes:
    """Return a worker's picture of the place afterwards; with the thing still there where he did it badly."""
    image, pen = _street(place, at)
    if not done:
        _painter(label)(pen, _thing_box(random), random)
    return _finish(image, pen, caption, at, random)


def _street(place: str, at: datetime) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    random = Random(place)
    image = Image.new("RGB", (WIDTH, HEIGHT))
    pen = ImageDraw.Draw(image)
    hour = (at.hour + 8) % 24
    sky = DAY if 7 <= hour < 18 else DUSK if hour in (6, 18, 19) else NIGHT
    for y in range(HORIZON + 1):
        pen.line((0, y, WIDTH, y), fill=_mix(*sky, y / HORIZON))
    light = 1.0 if sky is DAY else 0.8 if sky is DUSK else 0.45
    pen.rectangle((0, HORIZON - 2, WIDTH, HEIGHT), fill=_dim(PAVEMENT, light))
    _houses(pen, random, light, lit=sky is not DAY)
    _ground(pen, light)
    return image, pen


def _houses(pen: ImageDraw.ImageDraw, random: Random, light: float, *, lit: bool) -> None:
    for side in (-1, 1):
        depth = 1.0
        while depth > 0.12:
            near, far = depth, depth * 0.72
            x_near, x_far = VANISH + side * 360 * near, VANISH + side * 360 * far
            colour = _dim(random.choice(FACADES), light * (0.75 + 0.25 * depth))
            top = random.uniform(0.5, 1.0)
            ground_near, ground_far = HORIZON + 120 * near, HORIZON + 120 * far
            roof_near, roof_far = HORIZON - 260 * near * top, HORIZON - 260 * far * top
            pen.polygon(
                [(x_near, ground_near), (x_near, roof_near), (x_far, roof_far), (x_far, ground_far)], fill=colour
            )
            _windows(pen, (x_near, x_far, roof_near, ground_near), random, (light, lit))
            depth = far


def _windows(pen: ImageDraw.ImageDraw, wall: tuple[float, ...], random: Random, lamp: tuple[float, bool]) -> None:
    x_near, x_far, roof, ground = wall
    light, lit = lamp
    for column in range(1, 4):
        x = x_near + (x_far - x_near) * column / 4
        size = abs(x_far - x_near) / 11
        y = roof + 3 * size
        while y < ground - 6 * size:
            glows = lit and random.random() < 0.4
            colour = (250, 214, 130) if glows else _dim((92, 104, 118), light)
            pen.rectangle((x - size, y, x + size, y + 2.2 * size), fill=colour)
            y += 4.5 * size + 2


def _ground(pen: ImageDraw.ImageDraw, light: float) -> None:
    pen.polygon(
        [
            (0, HEIGHT),
            (0, HORIZON + 118),
            (VANISH - 8, HORIZON),
            (VANISH + 8, HORIZON),
            (WIDTH, HORIZON + 100),
            (WIDTH, HEIGHT),
        ],
        fill=_dim(PAVEMENT, light),
    )
    pen.polygon(
        [(60, HEIGHT), (VANISH - 4, HORIZON), (VANISH + 4, HORIZON), (WIDTH - 20, HEIGHT)],
        fill=_dim((84, 86, 90), light),
    )
    for step in range(9):
        near, far = 0.86**step, 0.86 ** (step + 0.45)
        y_near, y_far = HORIZON + (HEIGHT - HORIZON) * near, HORIZON + (HEIGHT - HORIZON) * far
        half = 4 * near
        pen.polygon(
            [
                (VANISH - half, y_near),
                (VANISH + half, y_near),
                (VANISH + half * 0.8, y_far),
                (VANISH - half * 0.8, y_far),
            ],
            fill=_dim((226, 222, 206), light),
        )


def _thing_box(random: Random) -> Box:
    depth = random.uniform(0.55, 0.95)
    width, height = int(150 * depth), int(92 * depth)
    x = int(random.uniform(70, WIDTH - 90 - width))
    y = int(HORIZON + 175 * depth - height)
    return x, y, x + width, y + height


def _car(pen: ImageDraw.ImageDraw, box: Box, random: Random) -> None:
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    colour = random.choice(CARS)
    pen.ellipse((left, bottom - height // 8, right, bottom + height // 8), fill=(40, 40, 42))
    pen.rounded_rectangle((left, top + height * 0.42, right, bottom - height * 0.12), height // 7, fill=colour)
    roof = [
        (left + width * 0.2, top + height * 0.45),
        (left + width * 0.33, top),
        (left + width * 0.72, top),
        (left + width * 0.86, top + height * 0.45),
    ]
    pen.polygon(roof, fill=_dim(colour, 0.8))
    glass = [
        (left + width * 0.27, top + height * 0.43),
        (left + width * 0.36, top + height * 0.07),
        (left + width * 0.69, top + height * 0.07),
        (left + width * 0.79, top + height * 0.43),
    ]
    pen.polygon(glass, fill=(120, 146, 160))
    for wheel in (0.22, 0.78):
        x, r = left + width * wheel, height * 0.17
        pen.ellipse((x - r, bottom - 2 * r, x + r, bottom), fill=(22, 22, 24))
        pen.ellipse((x - r / 2, bottom - 1.5 * r, x + r / 2, bottom - r / 2), fill=(150, 150, 154))


def _bags(pen: ImageDraw.ImageDraw, box: Box, random: Random) -> None:
    left, top, right, bottom = box
    for _ in range(13):
        size = random.uniform(0.16, 0.34) * (bottom - top)
        x, y = random.uniform(left + size, right - size), random.uniform(top + size, bottom - size / 2)
        colour = random.choice(((30, 30, 34), (60, 66, 60), (190, 186, 176), (70, 90, 130), (150, 110, 70)))
        pen.ellipse((x - size, y - size * 0.8, x + size, y + size * 0.7), fill=colour, outline=_dim(colour, 0.6))


def _bin(pen: ImageDraw.ImageDraw, box: Box, random: Random) -> None:
    left, top, right, bottom = box
    middle = (left + right) // 2
    half = (bottom - top) // 3
    _bags(pen, (middle - 2 * half, top + half, middle + 2 * half, bottom), random)
    pen.rectangle((middle - half, top + half // 2, middle + half, bottom), fill=(44, 110, 70), outline=(20, 60, 36))
    pen.ellipse((middle - half, top, middle + half, top + half), fill=(70, 66, 60))


def _bicycles(pen: ImageDraw.ImageDraw, box: Box, random: Random) -> None:
    left, top, right, bottom = box
    radius = (bottom - top) * 0.3
    for number in range(4):
        x = left + (right - left) * (0.1 + 0.22 * number)
        y = bottom - radius + random.uniform(-4, 4)
        colour = random.choice(((250, 200, 20), (30, 150, 220), (230, 90, 40)))
        for wheel in (x, x + radius * 1.9):
            pen.ellipse((wheel - radius, y - radius, wheel + radius, y + radius), outline=(20, 20, 20), width=3)
        pen.line((x, y, x + radius * 0.8, y - radius * 1.3, x + radius * 1.9, y), fill=colour, width=4)


def _stall(pen: ImageDraw.ImageDraw, box: Box, random: Random) -> None:
    left, top, right, bottom = box
    pen.line(((left + right) // 2, top, (left + right) // 2, bottom), fill=(90, 80, 70), width=4)
    awning = random.choice(((200, 50, 50), (40, 110, 170), (60, 140, 80)))
    pen.polygon([(left, top + 26), ((left + right) // 2, top - 8), (right, top + 26)], fill=awning)
    pen.rectangle((left + 8, bottom - 34, right - 8, bottom), fill=(150, 120, 84))
    for number in range(8):
        x = left + 14 + number * (right - left - 28) / 8
        pen.ellipse(
            (x, bottom - 46, x + 12, bottom - 34), fill=random.choice(((220, 120, 30), (200, 40, 40), (120, 170, 60)))
        )


def _puddle(pen: ImageDraw.ImageDraw, box: Box, random: Random) -> None:
    left, top, right, bottom = box
    for shrink in range(4):
        inset = shrink * 9
        colour = _mix((92, 104, 112), (168, 186, 198), shrink / 3)
        pen.ellipse(
            (left - 40 + inset, top + 30 + inset // 2, right + 40 - inset, bottom + 12 - inset // 2), fill=colour
        )
    pen.arc((left, top + 44, right, bottom), random.randint(180, 220), 320, fill=(214, 226, 232), width=2)


def _hole(pen: ImageDraw.ImageDraw, box: Box, random: Random) -> None:
    left, _, right, bottom = box
    middle, half = (left + right) // 2, (right - left) // 4
    pen.ellipse(
        (middle - half, bottom - half, middle + half, bottom), fill=(18, 16, 14), outline=(120, 116, 110), width=4
    )
    shift = random.choice((-1, 1)) * half * 1.5
    pen.ellipse(
        (middle - half + shift, bottom - half - 8, middle + half + shift, bottom - 8),
        fill=(96, 94, 90),
        outline=(60, 58, 56),
        width=3,
    )


def _banner(pen: ImageDraw.ImageDraw, box: Box, random: Random) -> None:
    left, top, right, bottom = box
    for x in (left, right):
        pen.line((x, top - 30, x, bottom), fill=(110, 110, 110), width=4)
    pen.rectangle((left, top - 26, right, top + 14), fill=random.choice(((206, 30, 40), (230, 150, 20), (30, 90, 160))))
    for row in (-14, 0):
        pen.line((left + 12, top + row, right - 14, top + row), fill=(250, 236, 190), width=4)


def _people(pen: ImageDraw.ImageDraw, box: Box, random: Random) -> None:
    left, top, right, bottom = box
    for _ in range(7):
        x = random.uniform(left, right)
        height = (bottom - top) * random.uniform(0.8, 1.1)
        colour = random.choice(((180, 40, 50), (40, 70, 130), (60, 60, 64), (200, 190, 160)))
        pen.rounded_rectangle((x - 8, bottom - height * 0.75, x + 8, bottom), 5, fill=colour)
        pen.ellipse((x - 6, bottom - height * 0.95, x + 6, bottom - height * 0.95 + 13), fill=(214, 176, 146))


def _laundry(pen: ImageDraw.ImageDraw, box: Box, random: Random) -> None:
    left, top, right, _ = box
    pen.line((left, top - 20, right, top - 14), fill=(60, 60, 60), width=2)
    for number in range(5):
        x = left + 8 + number * (right - left - 16) / 5
        colour = random.choice(((230, 230, 235), (90, 130, 180), (210, 120, 130), (240, 210, 120)))
        pen.rectangle((x, top - 18, x + 18, top + random.randint(10, 28)), fill=colour)


def _tree(pen: ImageDraw.ImageDraw, box: Box, random: Random) -> None:
    left, top, right, bottom = box
    pen.line((left, bottom, right - 40, top + 30), fill=(96, 70, 48), width=11)
    for _ in range(14):
        x, y, size = random.uniform(right - 70, right), random.uniform(top, bottom), random.uniform(12, 26)
        pen.ellipse((x - size, y - size * 0.7, x + size, y + size * 0.7), fill=(46, random.randint(88, 130), 50))


def _lamp(pen: ImageDraw.ImageDraw, box: Box, random: Random) -> None:
    x, bottom = (box[0] + box[2]) // 2, box[3]
    pen.line((x, bottom, x, bottom - 170), fill=(80, 84, 88), width=5)
    pen.line((x, bottom - 170, x + 36, bottom - 176), fill=(80, 84, 88), width=4)
    pen.rectangle((x + 28, bottom - 180, x + 48, bottom - 172), fill=(50, 50, 54))
    pen.line((x, bottom - 90, x + random.randint(-14, 14), bottom - 60), fill=(40, 40, 40), width=2)


PAINTED: tuple[tuple[Painter, str], ...] = (
    (_car, "illegal_parking car blocked_fire_lane uncovered_truck abandoned_vehicle E0505 E0594 E0107 E0395"),
    (_bin, "overflowing_bin E0190 P0305"),
    (_bicycles, "bicycle_parking shared_bike_parking E0506 E0597"),
    (_stall, "unlicensed_vendor street_trading goods_outside_shop open_air_barbecue E0501 E0504 E0598 E0510 E0503"),
    (_puddle, "road_ponding road_sewage E0406 E0402 E0404 E0189"),
    (_hole, "road_collapse manhole_cover damaged_road E0401 P0198 E0110 P0102 P0103 P0104 E0496"),
    (_banner, "illegal_banner small_adverts E0297 E0201 E0298"),
    (_people, "crowd E0593 E0508"),
    (_laundry, "hung_laundry E0511"),
    (_tree, "fallen_tree E0497 E0197 P0402 E0106"),
    (_lamp, "street_light_out P0118 E0498 P0210"),
)
PAINTERS: Mapping[str, Painter] = {label: painter for painter, labels in PAINTED for label in labels.split()}
"""Video type, detector label or category -> how it is drawn; anything else is a heap on the ground."""


def _painter(label: str) -> Painter:
    return PAINTERS.get(label, _bags)


def _frame(pen: ImageDraw.ImageDraw, box: Box, words: str) -> None:
    left, top, right, bottom = box
    frame = (left - 10, top - 16, right + 10, bottom + 10)
    pen.rectangle(frame, outline=(255, 70, 60), width=3)
    width = pen.textlength(words, font=SMALL) + 8
    pen.rectangle((frame[0], frame[1] - 17, frame[0] + width, frame[1]), fill=(255, 70, 60))
    pen.text((frame[0] + 4, frame[1] - 16), words, font=SMALL, fill=(255, 255, 255))


def _finish(image: Image.Image, pen: ImageDraw.ImageDraw, caption: str, at: datetime, random: Random) -> bytes:
    """Add what cameras add: a name, a time, and grain."""
    for x, y, words in ((12, 10, caption), (WIDTH - 190, HEIGHT - 26, f"{at:%Y-%m-%d %H:%M:%S}Z")):
        pen.text((x + 1, y + 1), words, font=FONT, fill=(0, 0, 0))
        pen.text((x, y), words, font=FONT, fill=(255, 255, 255))
    grain = Image.frombytes("L", (WIDTH // 4, HEIGHT // 4), random.randbytes(WIDTH * HEIGHT // 16)).resize(
        (WIDTH, HEIGHT)
    )
    return _encode(Image.blend(image, grain.convert("RGB"), 0.05))


def _encode(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    return (
        int(a[0] + (b[0] - a[0]) * share),
        int(a[1] + (b[1] - a[1]) * share),
        int(a[2] + (b[2] - a[2]) * share),
    )


def _dim(colour: Colour, light: float) -> Colour:
    return int(colour[0] * light), int(colour[1] * light), int(colour[2] * light)
