"""Who may do what: one function. Every read and write of every route and socket asks it.

Three things decide: the fleet (never another's), the role (the table), and for couriers, shops and tracking
links the relation (their own things alone).
"""

import enum

import msgspec

from domain.errors import Forbidden, NotFound
from domain.ids import CourierId, FleetId, OrderId
from domain.people import Principal, Role


class Action(enum.StrEnum):
    """Everything that somebody can want."""

    ORDER_LIST = "order_list"
    ORDER_READ = "order_read"
    ORDER_PLACE = "order_place"
    ORDER_CHANGE = "order_change"
    ORDER_CANCEL = "order_cancel"
    ORDER_IMPORT = "order_import"
    ORDER_ASSIGN = "order_assign"
    EXPLANATION_READ = "explanation_read"
    COURIER_LIST = "courier_list"
    COURIER_READ = "courier_read"
    COURIER_WRITE = "courier_write"
    COURIER_ENROL = "courier_enrol"
    SHIFT_SET = "shift_set"
    TRACK_READ = "track_read"
    REPLAY_READ = "replay_read"
    DIAGNOSIS_READ = "diagnosis_read"
    ZONE_READ = "zone_read"
    ZONE_WRITE = "zone_write"
    PLAN_READ = "plan_read"
    WEBHOOK_MANAGE = "webhook_manage"
    TOKEN_MANAGE = "token_manage"  # noqa: S105 - the name of an action
    FLEET_MANAGE = "fleet_manage"
    LIVE_WATCH = "live_watch"
    PINGS_SEND = "pings_send"
    LINK_READ = "link_read"
    SELF_READ = "self_read"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What it is about; fields that do not apply stay None.

    ``shop_id`` and ``courier_id`` are the shop and the courier that the thing belongs to.
    """

    fleet: FleetId
    order_id: OrderId | None = None
    shop_id: str | None = None
    courier_id: CourierId | None = None


A = Action
_READS = frozenset(
    {
        A.ORDER_LIST, A.ORDER_READ, A.EXPLANATION_READ, A.COURIER_LIST, A.COURIER_READ, A.DIAGNOSIS_READ,
        A.ZONE_READ, A.PLAN_READ, A.LIVE_WATCH, A.SELF_READ,
    }
)  # fmt: skip
_DISPATCH = _READS | {
    A.ORDER_PLACE, A.ORDER_CHANGE, A.ORDER_CANCEL, A.ORDER_IMPORT, A.ORDER_ASSIGN, A.COURIER_WRITE,
    A.COURIER_ENROL, A.SHIFT_SET, A.TRACK_READ, A.REPLAY_READ, A.ZONE_WRITE,
}  # fmt: skip
_SHOP = frozenset(
    {A.ORDER_LIST, A.ORDER_READ, A.ORDER_PLACE, A.ORDER_CHANGE, A.ORDER_CANCEL, A.ORDER_IMPORT, A.SELF_READ}
)
_COURIER = frozenset(
    {
        A.ORDER_READ, A.EXPLANATION_READ, A.COURIER_READ, A.SHIFT_SET, A.TRACK_READ, A.DIAGNOSIS_READ,
        A.ZONE_READ, A.PINGS_SEND, A.SELF_READ,
    }
)  # fmt: skip
_INTEGRATION = _READS | {
    A.ORDER_PLACE, A.ORDER_CHANGE, A.ORDER_CANCEL, A.ORDER_IMPORT, A.WEBHOOK_MANAGE,
}  # fmt: skip

GRANTS: dict[Role, frozenset[Action]] = {
    Role.OWNER: _DISPATCH | {A.WEBHOOK_MANAGE, A.TOKEN_MANAGE, A.FLEET_MANAGE},
    Role.DISPATCHER: _DISPATCH,
    Role.VIEWER: _READS,
    Role.COURIER: _COURIER,
    Role.SHOP: _SHOP,
    Role.INTEGRATION: _INTEGRATION,
    Role.TRACKING: frozenset({A.LINK_READ}),
}
# Actions of a shop that are about no order yet: the handler narrows the list, or fills in the shop.
_WITHOUT_ORDER = frozenset({A.ORDER_LIST, A.ORDER_PLACE, A.ORDER_IMPORT, A.SELF_READ})
_WITHOUT_COURIER = frozenset({A.ZONE_READ, A.SELF_READ})


def may(principal: Principal, action: Action, target: Target) -> bool:
    """Tell whether ``principal`` may do ``action`` to ``target``."""
    return (
        principal.fleet == target.fleet
        and _has_role(principal, action)
        and _is_own(principal, action, target)
    )


def require(principal: Principal, action: Action, target: Target) -> None:
    """Pass when allowed.

    Raises:
        NotFound: another fleet's, shop's or courier's thing; it looks as if it did not exist.
        Forbidden: ``role_not_allowed`` when the role never may.
    """
    if may(principal, action, target):
        return
    if not _has_role(principal, action):
        raise Forbidden("role_not_allowed", f"a {principal.role} may not do this", action=action.value)
    raise NotFound("not_found", "there is no such thing in this fleet")


def _has_role(principal: Principal, action: Action) -> bool:
    return action in GRANTS[principal.role]


def _is_own(principal: Principal, action: Action, target: Target) -> bool:
    if principal.role is Role.SHOP:
        return action in _WITHOUT_ORDER or (
            target.shop_id is not None and target.shop_id == principal.subject
        )
    if principal.role is Role.COURIER:
        if action in _WITHOUT_COURIER:
            return True
        return target.courier_id is not None and target.courier_id == principal.courier_id
    if principal.role is Role.TRACKING:
        return target.order_id is not None and target.order_id == principal.order_id
    return True
