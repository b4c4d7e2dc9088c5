"""One lab through the whole application, as browsers see it."""

import pytest

from courseapp.labs import frames
from courseapp.labs.models import Lab, LoggedCommand
from courseapp.labs.stored import in_database
from tests.labs.people import IRIS, ZOE, looking, send, start_lab

pytestmark = pytest.mark.usefixtures("live")


async def test_whoever_opens_a_lab_gets_the_whole_picture_first():
    lab = await start_lab(opening=[send(0)])
    async with looking(lab.id, IRIS) as iris:
        picture = await iris.next()
    assert picture["type"] == "picture"
    assert 'data-node="orders"' in picture["diagram"]
    assert set(picture["nodes"]) == {"shop", "orders", "A"}
    assert picture["clock"]["can_control"] is True
    assert picture["clock"]["running"] is False
    assert "<table" in picture["table"]
    assert picture["viewers"] == 1


async def test_a_command_of_the_owner_is_stored_and_everyone_sees_what_came_of_it():
    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris, looking(lab.id, ZOE) as zoe:
        assert (await iris.command("Send", "shop"))["type"] == "answer"
        seen = await zoe.until(lambda frame: frame.get("records"))
    assert [record["says"] for record in seen["records"]] == [
        "shop sent order 1 to orders.",
        "Consumer A received order 1.",
        "Consumer A began to work on order 1.",
    ]
    stored = await in_database(lambda: [(row.sequence, row.at_ms, row.action) for row in LoggedCommand.objects.all()])()
    assert stored == [(1, 1, "Send")]


async def test_somebody_else_may_look_but_not_act():
    lab = await start_lab()
    async with looking(lab.id, ZOE) as zoe:
        assert (await zoe.next())["clock"]["can_control"] is False
        assert (await zoe.command("Send", "shop"))["code"] == "not_yours"
        assert (await zoe.clock("play"))["code"] == "not_yours"
    assert not await in_database(LoggedCommand.objects.exists)()


async def test_all_sockets_get_the_same_text():
    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris, looking(lab.id, ZOE) as zoe, looking(lab.id) as ben:
        await iris.command("Send", "shop", count=3)
        batches = [await viewer.until("batch") for viewer in (zoe, ben)]
        own = next(frame for frame in iris.frames if frame["type"] == "batch")
    assert batches == [own, own]


async def test_an_edit_that_is_refused_is_not_stored_and_the_lab_goes_on():
    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris:
        refusal = await iris.command("SetParameter", "A", processing_seconds="quickly")
        assert refusal["type"] == "refused" and "processing_seconds" in refusal["says"]
        assert not await in_database(LoggedCommand.objects.exists)()
        assert (await iris.command("Send", "shop"))["type"] == "answer"


async def test_an_action_that_does_not_exist_is_refused_by_name():
    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris:
        refusal = await iris.command("Explode", "shop")
    assert refusal["code"] == "UnknownAction" and "Explode" in refusal["says"]


@pytest.mark.parametrize(
    ("frame", "named"),
    [
        ("{", "JSON"),
        ("[]", "object"),
        ('{"type": "dance"}', "dance"),
        ('{"type": "clock"}', "do"),
        ('{"type": "clock", "do": "speed"}', "speed"),
        ('{"type": "clock", "do": "speed", "speed": 5000}', "1000"),
        ('{"type": "clock", "do": "look", "at_ms": "noon"}', "at_ms"),
        ('{"type": "command", "action": "Send", "target": 7}', "target"),
        ('{"type": "inspect"}', "message"),
        ('{"type": "inspect", "message": 1, "figures": true}', "figures"),
        ('{"type": "ack", "batch": 1, "more": 2}', "more"),
    ],
)
async def test_a_frame_outside_the_vocabulary_is_refused_with_a_sentence(frame, named):
    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris:
        await iris.socket.send_to(frame)
        refusal = await iris.until("refused")
        assert refusal["code"] == "malformed" and named in refusal["says"]
        assert (await iris.command("Send", "shop"))["type"] == "answer"


async def test_a_frame_that_is_too_large_is_refused():
    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris:
        await iris.socket.send_to("x" * (frames.LARGEST_FRAME + 1))
        assert (await iris.until("refused"))["code"] == "too_large"


async def test_bytes_are_refused():
    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris:
        await iris.socket.send_to(bytes_data=b"\x00")
        assert (await iris.until("refused"))["code"] == "malformed"


async def test_malformed_frames_without_end_close_the_connection():
    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris:
        for _ in range(30):
            await iris.socket.send_to("{")
        assert await iris.close_code() == frames.MALFORMED


@pytest.mark.parametrize("lab_id", ["Zm9yZ2VkLWlkLW9mLWEtbG", "x", "A" * 22, "a" * 64])
async def test_a_forged_lab_id_is_told_so_and_closed(lab_id):
    async with looking(lab_id, IRIS) as iris:
        closing = await iris.next()
        assert (closing["type"], closing["code"]) == ("closing", frames.NO_SUCH_LAB)
        assert await iris.close_code() == frames.NO_SUCH_LAB


async def test_a_nodes_figures_alone_are_told_as_of_the_moment_that_is_shown():
    lab = await start_lab(opening=[send(0), send(0)])
    async with looking(lab.id, IRIS) as iris:
        for at_ms in (500, 1_500):
            await iris.clock("play", until_ms=at_ms)
            await iris.until(lambda frame: frame.get("clock", {}).get("running") is False)
            told = await iris.asks(type="inspect", node="orders", figures=True)
            assert (told["now_ms"], told["figures"]["ApproximateAgeOfOldestMessage"]) == (at_ms, f"{at_ms / 1000:g}")
            assert "html" not in told
        assert (await iris.asks(type="inspect", node="nobody", figures=True))["code"] == "no_such_node"


async def test_looking_stores_nothing():
    lab = await start_lab()
    async with looking(lab.id, ZOE) as zoe:
        await zoe.picture()
        await zoe.asks(type="inspect", node="orders")
    assert await in_database(Lab.objects.count)() == 1
    assert not await in_database(LoggedCommand.objects.exists)()


async def test_a_viewer_who_comes_back_finds_the_same_state():
    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris:
        await iris.command("Send", "shop", count=4)
        before = await iris.picture()
    async with looking(lab.id, IRIS) as iris:
        after = await iris.next()
    assert after["nodes"] == before["nodes"] and after["marks"] == before["marks"]


async def test_at_shutdown_every_socket_is_told_to_come_back():
    from courseapp.labs.hub import close_hub

    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris:
        await iris.command("Send", "shop")
        await close_hub()
        assert (await iris.until("closing"))["code"] == frames.RESTARTING
        assert await iris.close_code() == frames.RESTARTING
    row = await in_database(Lab.objects.get)(pk=lab.id)
    assert (row.mark_ms, row.lease_owner) == (1, "")


async def test_whoever_sends_too_much_is_told_so_and_what_was_accepted_is_kept(monkeypatch):
    monkeypatch.setattr("courseapp.labs.socket.FRAMES_PER_S", 0.5)  # five at once, and one in two seconds
    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris:
        answers = [await iris.command("Send", "shop") for _ in range(4)]
        long = await iris.command("Send", "shop", message={"body": "x" * 30_000})
        assert [answer["type"] for answer in answers] == ["answer"] * 4
        assert (long["type"], long["code"], long["ref"]) == ("refused", "too_fast", "asked")
        assert (await iris.command("Send", "shop"))["type"] == "answer"
    assert await in_database(LoggedCommand.objects.count)() == 5


@pytest.mark.parametrize("text", ['"\\ud800"', "NaN", "1e999", '"\\u0000"', "[" * 300 + "]" * 300])
async def test_what_no_database_keeps_is_refused_and_the_lab_goes_on(text):
    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris:
        await iris.socket.send_to(
            f'{{"type": "command", "action": "AddNode", "target": "B", "parameters": {{"kind": {text}}}}}'
        )
        assert (await iris.until("refused"))["code"] == "malformed"
        assert (await iris.command("Send", "shop"))["type"] == "answer"


async def test_frames_that_come_quicker_than_they_are_dealt_with_wait_in_order_and_too_many_are_refused(monkeypatch):
    lab = await start_lab()
    async with looking(lab.id, IRIS) as iris:
        await iris.next()
        for ref in range(12):
            await iris.says(type="command", action="Send", target="shop", parameters={"count": ref + 1}, ref=ref)
        while len([frame for frame in iris.frames if frame["type"] in ("answer", "refused")]) < 12:
            await iris.next()
        accepted = [frame["ref"] for frame in iris.frames if frame["type"] == "answer"]
        monkeypatch.setattr("courseapp.labs.socket.MOST_WAITING", 0)
        assert (await iris.command("Send", "shop"))["code"] == "too_fast"
    assert accepted == list(range(12))
    stored = await in_database(lambda: [row.parameters["count"] for row in LoggedCommand.objects.all()])()
    assert stored == [ref + 1 for ref in accepted]
