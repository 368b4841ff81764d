"""Where the interface is: the standard's service discovery."""

from datetime import datetime

from services.api.open311.formats import FORMATS, Value, format_time
from services.settings import Settings

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
KEY_SERVICE = (
    "A key is given out by the operator of this server (wardline source add open311 NAME). Reading needs none. "
    "密钥由本系统运营方发放；查询无需密钥。"
)


def discover(settings: Settings, base_url: str, city_name: str, changed_at: datetime) -> Value:
    """Return the discovery document. `changed_at` is when services or definitions last changed.

    One endpoint for each format: some clients take a list of a single endpoint for no list.
    """
    changeset = format_time(changed_at)
    kind = "test" if settings.demo else "production"
    return {
        "changeset": changeset,
        "contact": settings.open311_contact or city_name,
        "key_service": KEY_SERVICE,
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{base_url}/open311/v2",
                "changeset": changeset,
                "type": kind,
                "formats": [each.content_type.partition(";")[0]],
            }
            for each in FORMATS.values()
        ],
    }
