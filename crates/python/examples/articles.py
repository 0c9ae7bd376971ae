"""Articles for the examples: invented, one hundred of them."""

ARTICLES = [
    {
        "id": str(n),
        "outlet": f"The {['Karsk Herald', 'Belmar Post', 'Norrin Times'][n % 3]}",
        "published": "2026-11-03T10:00:00Z",
        "text": f"At least {n + 2} people were killed when a bus left the road near Karsk, police said on Tuesday.",
    }
    for n in range(100)
]


def toll(reading):
    """The number of killed in a reading, as JSON text."""
    import json

    found = [c["best"] for e in json.loads(reading)["events"] for c in e["casualties"] if c["kind"] == "killed"]
    return found[0] if found else None


def check(readings, what):
    """Every article's toll was read."""
    tolls = sorted(filter(None, map(toll, readings)))
    assert tolls == list(range(2, 102)), f"{what}: {tolls}"
    print(f"{what}: {len(tolls)} tolls")
