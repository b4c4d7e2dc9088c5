"""Hosting, joining and closing, as pages that need no script."""

import re

import pytest
from django.test import Client

from courseapp.labs.models import Lab
from courseapp.rooms import codes, stored
from courseapp.rooms.models import Room, Seat, WrongCode
from courseapp.web.visitor import hashed
from tests.labs.people import SHOP
from tests.rooms.people import ANA, BEN, IRIS, SLUG, ZOE, browser_of

pytestmark = pytest.mark.django_db
HOST = f"/live/host/{SLUG}/"


@pytest.fixture
def iris() -> Client:
    return browser_of(IRIS)


@pytest.fixture
def room(iris: Client) -> Room:
    iris.post(HOST)
    return Room.objects.get()


def wrong_code(room: Room) -> str:
    return f"{(int(room.code) + 1) % 1_000_000:06d}"


def test_hosting_a_lab_that_is_not_started_starts_it_and_opens_a_room():
    client = Client(HTTP_HOST="localhost")
    answer = client.post(HOST)
    lab, room = Lab.objects.get(), Room.objects.get()
    assert answer.url == f"/labs/{SLUG}/?lab={lab.id}"
    assert lab.content == SLUG and room.lab == lab
    assert room.host == lab.owner == hashed(client.cookies["visitor"].value)


def test_hosting_the_run_on_the_screen_opens_a_room_on_that_run(iris):
    iris.post("/runs/start/", {"content": SLUG})
    first = Lab.objects.get()
    iris.post("/runs/start/", {"content": SLUG})
    iris.post(HOST, {"lab": first.id})
    assert Room.objects.get().lab == first


def test_somebody_elses_run_cannot_be_hosted_one_gets_ones_own(iris, room):
    zoe = browser_of(ZOE)
    zoe.post(HOST, {"lab": room.lab_id})
    own = Room.objects.exclude(pk=room.pk).get()
    assert own.lab_id != room.lab_id and own.host == own.lab.owner == hashed(ZOE)


def test_hosting_again_leads_back_to_the_open_room(iris, room):
    assert iris.post(HOST).url == f"/labs/{SLUG}/?lab={room.lab_id}"
    assert Room.objects.count() == 1


def test_whoever_has_a_room_open_shows_the_next_lab_in_it(iris, room):
    page = iris.get("/labs/outage-drill/").content.decode()
    assert "Show to the room" in page and f'name="room" value="{room.code}"' in page
    answer = iris.post("/live/host/outage-drill/", {"lab": "", "room": room.code})
    room.refresh_from_db()
    assert room.lab.content == "outage-drill" and answer.url == f"/labs/outage-drill/?lab={room.lab_id}"
    assert Room.objects.count() == 1


def test_nobody_shows_anything_in_a_room_of_somebody_else(room):
    browser_of(ZOE).post(HOST, {"room": room.code})
    room.refresh_from_db()
    assert room.lab.owner == hashed(IRIS)
    assert Room.objects.exclude(pk=room.pk).get().host == hashed(ZOE)


def test_a_lab_that_the_course_does_not_have_cannot_be_hosted(iris):
    assert iris.post("/live/host/no-such-lab/").status_code == 404


def test_looking_at_the_button_does_not_press_it(iris):
    assert iris.get(HOST).status_code == 405
    assert not Room.objects.exists()


def test_the_hosts_page_shows_code_address_and_picture_without_anything_that_the_policy_forbids(iris, room):
    page = iris.get(f"/labs/{SLUG}/?lab={room.lab_id}").content.decode()
    corner = page[page.index('id="room"') : page.index("</details>")]
    assert (
        room.spaced in corner and "localhost" in corner and f"QR code of http://localhost/live/{room.code}/" in corner
    )
    assert "style=" not in corner and "data:" not in corner
    assert re.search(r'class="qr-modules" d="M4 4h7v1h-7z', corner)
    assert "0 following" in corner


def test_only_the_host_sees_the_room_on_the_labs_page(room):
    for browser in (browser_of(ZOE), Client(HTTP_HOST="localhost")):
        assert room.spaced not in browser.get(f"/labs/{SLUG}/?lab={room.lab_id}").content.decode()


def test_every_list_that_offers_to_host_leads_to_a_room(iris):
    offered = re.findall(r'action="(/live/host/[^"]+)"', iris.get("/labs/?host").content.decode())
    assert len(offered) >= 13
    for address in offered:
        assert iris.post(address).status_code == 302
    assert Room.objects.count() == len(set(offered))


def test_the_right_code_leads_to_a_seat(room):
    ana = browser_of(ANA)
    answer = ana.post("/live/join/", {"code": room.spaced})
    assert answer.url == f"/live/{room.code}/"
    page = ana.get(answer.url).content.decode()
    assert "seat 1" in page and f"/ws/live/{room.code}/" in page and "data-follows" in page
    assert Seat.objects.get().token == hashed(ANA)


def test_the_link_of_the_picture_joins_somebody_who_was_never_here(room):
    stranger = Client(HTTP_HOST="localhost")
    page = stranger.get(f"/live/{room.code}/")
    assert page.status_code == 200
    assert Seat.objects.get().token == hashed(stranger.cookies["visitor"].value)


def test_a_reload_keeps_the_seat_and_two_people_have_two(room):
    ana, ben = browser_of(ANA), browser_of(BEN)
    pages = [each.get(f"/live/{room.code}/").content.decode() for each in (ana, ben, ana)]
    assert [re.search(r"You have seat (\d)", page)[1] for page in pages] == ["1", "2", "1"]


def test_asking_for_the_head_of_the_page_takes_no_seat(room):
    assert Client(HTTP_HOST="localhost").head(f"/live/{room.code}/").status_code == 200
    assert not Seat.objects.exists()


def test_the_host_has_no_seat_and_gets_the_big_screen(iris, room):
    assert "big screen of your room" in iris.get(f"/live/{room.code}/").content.decode()
    assert not Seat.objects.exists()


def test_a_wrong_code_says_so_at_the_field_and_keeps_what_was_typed(room):
    typed = wrong_code(room)
    answer = browser_of(ANA).post("/live/join/", {"code": typed})
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "That code isn’t in use. Check the six digits on the instructor’s screen." in page
    field = re.search(r"<input[^>]*join-code[^>]*>", page)[0]
    assert f'value="{typed}"' in field and 'aria-invalid="true"' in field and "join-problem" in field


def test_on_the_home_page_a_wrong_code_comes_back_as_the_form_alone_and_a_right_one_leads_on(room):
    ana = browser_of(ANA)
    wrong = ana.post("/live/join/", {"code": wrong_code(room)}, headers={"HX-Request": "true"})
    assert wrong.status_code == 200 and b"<html" not in wrong.content and b"in use" in wrong.content
    right = ana.post("/live/join/", {"code": room.code}, headers={"HX-Request": "true"})
    assert right["HX-Redirect"] == f"/live/{room.code}/"


@pytest.mark.parametrize("typed", ["", "12", "abcdef", "<b>"])
def test_what_is_no_code_at_all_is_not_counted_as_a_guess(typed):
    answer = browser_of(ANA).post("/live/join/", {"code": typed})
    assert answer.status_code == 422 and b"six digits" in answer.content
    assert not WrongCode.objects.exists()


def test_a_link_with_a_wrong_code_asks_for_the_right_one(room):
    answer = browser_of(ANA).get(f"/live/{wrong_code(room)}/")
    assert answer.status_code == 404 and b'name="code"' in answer.content


def test_whoever_guesses_too_often_must_wait_even_with_the_right_code(room):
    zoe, ana = browser_of(ZOE), browser_of(ANA)
    ana.get(f"/live/{room.code}/")
    for _ in range(codes.MOST_OF_A_VISITOR):
        assert zoe.post("/live/join/", {"code": wrong_code(room)}).status_code == 404
    assert zoe.post("/live/join/", {"code": room.code}).status_code == 429
    assert zoe.get(f"/live/{room.code}/").status_code == 429
    assert browser_of(BEN).post("/live/join/", {"code": room.code}).status_code == 302
    assert ana.get(f"/live/{room.code}/").status_code == 200


def test_an_address_that_guesses_without_end_must_wait_but_whoever_sits_in_the_room_need_not(room, monkeypatch):
    monkeypatch.setattr(codes, "MOST_OF_AN_ADDRESS", 5)
    ana = browser_of(ANA)
    ana.get(f"/live/{room.code}/")
    for _ in range(5):
        Client(HTTP_HOST="localhost").post("/live/join/", {"code": wrong_code(room)})
    assert Client(HTTP_HOST="localhost").post("/live/join/", {"code": room.code}).status_code == 429
    assert ana.get(f"/live/{room.code}/").status_code == 200


def test_only_the_host_closes_the_room(room):
    ana = browser_of(ANA)
    ana.get(f"/live/{room.code}/")
    assert ana.post(f"/live/{room.code}/close/").status_code == 403
    assert ana.get(f"/live/{room.code}/following/").status_code == 403
    assert stored.room_of_code(room.code) == room


def test_a_host_page_that_is_still_open_stops_asking_how_many_follow_a_closed_room(iris, room):
    asks = f"/live/{room.code}/following/"
    assert iris.get(asks).status_code == 200
    iris.post(f"/live/{room.code}/close/")
    assert iris.get(asks).status_code == 286  # with which htmx polls no more
    assert Client().get(asks).status_code == 404


def test_a_closed_room_tells_whoever_sat_in_it_and_offers_the_lab(iris, room):
    ana = browser_of(ANA)
    ana.get(f"/live/{room.code}/")
    assert iris.post(f"/live/{room.code}/close/").url == f"/labs/{SLUG}/?lab={room.lab_id}"
    page = ana.get(f"/live/{room.code}/?again").content.decode()
    assert "The room is closed" in page and f'href="/labs/{SLUG}/"' in page
    assert browser_of(ZOE).get(f"/live/{room.code}/").status_code == 404


def test_a_browser_without_cookies_is_told_why_it_has_no_seat(room):
    page = Client(HTTP_HOST="localhost").get(f"/live/{room.code}/?again")
    assert b"keeps no cookies" in page.content
    assert not Seat.objects.exists()


def test_the_followers_page_has_nothing_that_only_the_host_can_use(room):
    page = browser_of(ANA).get(f"/live/{room.code}/").content.decode()
    assert "/live/host/" not in page and 'action="' not in page.replace('action="/runs/start/"', "")


def test_the_code_of_a_lab_outside_the_course_is_no_dead_end(db):
    from courseapp.labs.start import start

    lab = start("gone-since", SHOP, 7, hashed(IRIS))
    room = stored.open_room(lab, lab.owner)
    assert browser_of(ANA).get(f"/live/{room.code}/").status_code == 404
