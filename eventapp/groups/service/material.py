"""The material that groups get, and its stock."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func, insert, select

from eventapp.audit.service import Actor
from eventapp.core.db import db, table, write
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.text import fold
from eventapp.groups import queries
from eventapp.groups.models import GroupMaterial, GroupSet, GroupSupply
from eventapp.groups.service.log import differing, record_act
from eventapp.groups.service.seating import hold

MOST_MATERIALS = 12
MOST_PIECES = 100_000


def add_material(found: GroupSet, name: str, stock: int, *, each: int = 0, by: Actor, at: datetime) -> GroupMaterial:
    """Adds a material, of which every group gets `each`. Raises RuleError if there is one of that name."""
    hold(found)
    _refuse_same(found, name)
    if (db.session.scalar(select(func.count()).where(GroupMaterial.set_id == found.id)) or 0) >= MOST_MATERIALS:
        raise RuleError(_("A set has at most %(n)s materials.", n=MOST_MATERIALS), "name", 422)
    made = GroupMaterial(set_id=found.id, name=name, stock=stock)
    db.session.add(made)
    db.session.flush()
    if each:
        rows = [{"group_id": one.id, "material_id": made.id, "quantity": each} for one in queries.groups_of(found)]
        if rows:
            write(insert(table(GroupSupply)), rows)
    record_act("groups.add_material", found, by, at, {"material": name, "stock": stock, "quantity": each})
    return made


def change_material(found: GroupSet, material: GroupMaterial, name: str, stock: int, *, by: Actor, at: datetime) -> None:
    """Changes name and stock. Raises RuleError if there is another one of that name."""
    hold(found)
    _refuse_same(found, name, material.id)
    changes = differing({"material": [material.name, name], "stock": [material.stock, stock]})
    material.name, material.stock = name, stock
    db.session.flush()
    if changes:
        record_act("groups.change_material", found, by, at, {"material": name, **changes})


def remove_material(found: GroupSet, material: GroupMaterial, *, by: Actor, at: datetime) -> None:
    """Takes a material away, from all groups."""
    hold(found)
    name = material.name
    db.session.execute(delete(GroupSupply).where(GroupSupply.material_id == material.id))
    db.session.delete(material)
    db.session.flush()
    record_act("groups.remove_material", found, by, at, {"material": name})


def supply(found: GroupSet, wanted: Mapping[tuple[int, int], int], *, by: Actor, at: datetime) -> int:
    """Says how many of which material groups get, by (group, material); what is not named stays. Returns how many changed."""
    hold(found)
    before = queries.supplies(found)
    groups = {one.id for one in queries.groups_of(found)}
    materials = {one.id for one in queries.stocks(found)}
    changing = {
        key: number for key, number in wanted.items() if key[0] in groups and key[1] in materials and number != before.get(key, 0)
    }
    for group_id, material_id in changing.keys() & before.keys():
        gone = delete(GroupSupply).where(GroupSupply.group_id == group_id, GroupSupply.material_id == material_id)
        db.session.execute(gone, execution_options={"synchronize_session": False})
    rows = [{"group_id": key[0], "material_id": key[1], "quantity": number} for key, number in changing.items() if number]
    if rows:
        write(insert(table(GroupSupply)), rows)
    if changing:
        record_act("groups.supply", found, by, at, {"groups": len({key[0] for key in changing})})
    return len(changing)


def _refuse_same(found: GroupSet, name: str, own: int = 0) -> None:
    others = select(GroupMaterial.name).where(GroupMaterial.set_id == found.id, GroupMaterial.id != own)
    if fold(name) in {fold(other) for other in db.session.scalars(others)}:
        raise RuleError(_("There is a material of this name already."), "name", 409)
