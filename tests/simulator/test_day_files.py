import os
from pathlib import Path

import pytest

from domain.courier import Vehicle
from simulator.day_files import DAY_S, DayFileError, read_couriers, read_orders

ORDERS = (
    "order_id,pick_up_lat,pick_up_lng,drop_off_lat,drop_off_lng,placement_time,"
    "preparation_time,ready_time,expected_drop_off_time\n"
)
COURIERS = "courier_id,vehicle,on_lat,on_lng,on_time,off_time\n"
GOOD = "1,4.81,-75.69,4.82,-75.68,12:00:00,12:01:00,12:20:00,12:30:00\n"


def write(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_orders_come_by_placement_time(tmp_path):
    later = GOOD.replace("1,4.81", "2,4.81").replace("12:00:00", "11:00:00")
    orders, problems = read_orders(write(tmp_path, "orders.csv", ORDERS + GOOD + later))
    assert [order.id for order in orders] == ["2", "1"]
    assert orders[1].pickup.lon == -75.69
    assert orders[1].ready_s - orders[1].placed_s == 1200
    assert problems == []


def test_times_after_midnight_belong_to_the_next_day(tmp_path):
    night = "1,4.81,-75.69,4.82,-75.68,23:50:00,23:52:00,00:05:00,00:25:00\n"
    orders, _ = read_orders(write(tmp_path, "orders.csv", ORDERS + night))
    assert orders[0].ready_s == DAY_S + 300
    couriers, _ = read_couriers(
        write(tmp_path, "couriers.csv", COURIERS + "7,bicycle,4.8,-75.6,16:00:00,01:30:00\n")
    )
    assert couriers[0].off_s == DAY_S + 5400
    assert couriers[0].vehicle is Vehicle.BICYCLE


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (GOOD.replace("12:20:00", "25:20:00"), "ready_time '25:20:00' is not HH:MM:SS"),
        (GOOD.replace("12:01:00", "noon"), "preparation_time 'noon' is not HH:MM:SS"),
        (GOOD.replace("4.81", "north"), "pick_up_lat 'north' is not a number"),
        (GOOD.replace("4.82", "nan"), "drop_off_lat 'nan' is not finite"),
        (GOOD.replace("4.82", "91.0"), "is no place on Earth"),
        (GOOD.replace("4.82,-75.68", "0,0"), "is no place on Earth"),
        (GOOD.replace("1,4.81", ",4.81"), "order_id must have 1 to 60 characters"),
        ("1,4.81\n", "has not the 9 columns of the header"),
        (GOOD.strip() + ",extra\n", "has not the 9 columns of the header"),
    ],
)
def test_a_bad_row_is_named_and_skipped_and_the_others_are_kept(tmp_path, row, says):
    good = GOOD.replace("1,4.81", "99,4.81")
    orders, problems = read_orders(write(tmp_path, "orders.csv", ORDERS + row + good))
    assert [order.id for order in orders] == ["99"]
    assert len(problems) == 1
    assert problems[0].startswith("orders.csv line 2: ")
    assert says in problems[0]


def test_an_id_that_came_before_is_skipped(tmp_path):
    orders, problems = read_orders(write(tmp_path, "orders.csv", ORDERS + GOOD + GOOD))
    assert len(orders) == 1
    assert problems == ["orders.csv line 3: order_id '1' came before; row skipped"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("7,horse,4.8,-75.6,16:00:00,18:00:00\n", "vehicle 'horse' is not one of walking"),
        ("7,car,4.8,-75.6,16:00:00,16:00:00\n", "the shift has no length"),
    ],
)
def test_a_bad_courier_is_named(tmp_path, row, says):
    couriers, problems = read_couriers(write(tmp_path, "couriers.csv", COURIERS + row))
    assert couriers == []
    assert says in problems[0]


def test_a_file_without_a_needed_column_or_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DayFileError, match="column off_time missing"):
        read_couriers(
            write(tmp_path, "couriers.csv", "courier_id,vehicle,on_lat,on_lng,on_time\n1,car,4,5,1\n")
        )
    with pytest.raises(DayFileError, match="cannot be read"):
        read_orders(tmp_path / "nowhere.csv")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DayFileError, match="UTF-8"):
        read_orders(binary)


@pytest.mark.data
def test_the_shared_day_is_read_completely():
    folder = Path(os.environ.get("RELEVO_SHARED_DATA", "../shared/data")) / "days" / "22"
    if not folder.is_dir():
        pytest.skip(f"no day files in {folder}; set RELEVO_SHARED_DATA")
    orders, problems = read_orders(folder / "orders.csv")
    assert problems == []
    assert len(orders) == 539
    assert all(o.placed_s <= o.ready_s and o.placed_s <= o.expected_s for o in orders)
    couriers, problems = read_couriers(folder / "couriers.csv")
    assert len(couriers) + len(problems) == 396
