"""The seeded generator of the demo city pack: `python -m simulators.city_maker --seed 1 --out cities/yuzhong`.

Names and codes of the streets and communities are facts; every boundary, road, place and sender is made up.
"""
