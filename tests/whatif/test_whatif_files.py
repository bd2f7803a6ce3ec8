import re

import pytest
from whatif_days import FIGURES

from domain.courier import Vehicle
from server.cli.main import main
from simulator.day_files import DayFileError
from whatif.day_files import read_day
from whatif.plot import draw
from whatif.variants import Variant, read_variant

OWN = "placed_at,ready_at,due_at,pickup.lon,pickup.lat,dropoff.lon,dropoff.lat,ref"


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_own_orders_are_read_with_what_is_known(tmp_path):
    path = write(
        tmp_path / "orders.csv",
        OWN,
        "2026-11-23 13:05,13:20,13:50,-99.17,19.41,-99.16,19.42,A7",
        "2026-11-23T23:50:00-06:00,00:05,,-99.17,19.41,-99.16,19.42,",
    )
    day, problems = read_day(path, "2@11-16, 1 motorcycle@18:00-23:30")
    first, last = day.orders
    assert problems == []
    assert (first.id, first.placed_s, first.ready_s, first.due_s) == ("o_A7", 47_100, 48_000, 49_800)
    assert (last.placed_s, last.ready_s, last.due_s) == (85_800, 86_700, None)
    assert [(r.vehicle, r.shifts) for r in day.riders] == [
        (Vehicle.BICYCLE, ((39_600, 57_600),)),
        (Vehicle.BICYCLE, ((39_600, 57_600),)),
        (Vehicle.MOTORCYCLE, ((64_800, 84_600),)),
    ]


def test_a_file_of_riders_is_read_and_bad_rows_are_told(tmp_path):
    orders = write(
        tmp_path / "orders.csv",
        OWN,
        "13:05,,,-99.17,19.41,-99.16,19.42,1",
        "13:05,,,-99.17,19.41,-99.16,19.42,1",
        "25:05,,,-99.17,19.41,-99.16,19.42,2",
        "13:05,,,-99.17,191,-99.16,19.42,3",
        "13:05,,,x,19.41,-99.16,19.42,4",
    )
    write(
        tmp_path / "couriers.csv",
        "name,vehicle,on,off",
        "Ana,cargo_bike,11:00,15:00",
        "Beto,tandem,11:00,15:00",
        "Ceci,bicycle,11:00,11:00",
    )
    day, problems = read_day(orders, None)
    assert [rider.id for rider in day.riders] == ["c_Ana"]
    assert len(day.orders) == 1
    assert [problem.split(":")[0] for problem in problems] == [
        *[f"orders.csv line {line}" for line in (3, 4, 5, 6)],
        "couriers.csv line 3",
        "couriers.csv line 4",
    ]


@pytest.mark.parametrize(
    ("lines", "riders", "said"),
    [
        (["a,b"], "1@11-16", "missing; expected"),
        ([OWN], "1@11-16", "no usable order"),
        ([OWN, "13:05,,,-99.17,19.41,-99.16,19.42,1"], None, "say who works: --riders"),
        ([OWN, "13:05,,,-99.17,19.41,-99.16,19.42,1"], "lots", "is not like 6@11-16"),
        ([OWN, "13:05,,,-99.17,19.41,-99.16,19.42,1"], "2@noon", "hours look like"),
        ([OWN, "13:05,,,-99.17,19.41,-99.16,19.42,1"], "2 tandem@11-16", "'tandem' is not one of"),
    ],
)
def test_files_that_cannot_be_used_say_why(tmp_path, lines, riders, said):
    path = write(tmp_path / "orders.csv", *lines)
    with pytest.raises(DayFileError, match=re.escape(said)):
        read_day(path, riders)


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(DayFileError, match="cannot be read"):
        read_day(tmp_path / "nowhere.csv", None)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--with", "rider+3"], "cannot read 'rider+3'"),
        (["--with", "riders-9"], "only 1 riders work then"),
        (["--seeds", "0"], "--seeds is 1 to 200, not 0"),
        (["--plot", "x.pdf"], "a plot is a .svg or a .png"),
    ],
)
def test_what_is_asked_wrongly_is_refused_before_any_work(tmp_path, capsys, options, said):
    path = write(tmp_path / "orders.csv", OWN, "13:05,,,-99.17,19.41,-99.16,19.42,1")
    assert main(["simulate", str(path), "--riders", "1@11-16", *options]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.slow
def test_the_program_prints_a_table_and_a_sentence_and_draws(tmp_path, capsys):
    rows = [f"13:{i:02},13:{i:02},,-99.17,19.41,-99.16,19.42,{i}" for i in range(0, 40, 4)]
    path = write(tmp_path / "orders.csv", OWN, *rows)
    options = ["--riders", "1@12-16", "--with", "riders+1@13-15", "--seeds", "2", "--jobs", "1"]
    files = [tmp_path / "a.svg", tmp_path / "a.png", tmp_path / "a.json"]
    options += ["--plot", str(files[0]), "--plot", str(files[1]), "--json", str(files[2])]
    assert main(["simulate", str(path), *options]) == 0
    out = capsys.readouterr().out
    assert "click-to-door, mean, min" in out
    assert out.strip().splitlines()[-1].startswith("1 more rider 13-15 h: ")
    assert files[0].read_text().startswith("<?xml")
    assert files[1].read_bytes()[:4] == b"\x89PNG"
    assert '"beyond_chance"' in files[2].read_text()


def test_a_variant_that_was_not_finished_is_left_out_of_the_plot(tmp_path):
    draw([Variant(name=""), read_variant("riders+1")], [{1: FIGURES}, {}], [tmp_path / "x.svg"])
    assert (tmp_path / "x.svg").exists()
