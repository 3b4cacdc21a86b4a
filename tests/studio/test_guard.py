"""Who may ask the studio: whoever was given its address, and no other page of the browser."""

import pytest

from tests.studio.support import keep, result, row, studio


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("place") / "runs"
    keep(folder, [(row("a", "4"), result("a", 1.0))])
    with studio(folder) as client:
        yield client


@pytest.fixture
def cookie(client):
    client.cookie = ""
    client.enter()
    yield client.cookie
    client.cookie = ""


def test_the_address_becomes_a_cookie_that_no_other_site_sends(client):
    reply = client.enter()
    client.cookie = ""
    assert (reply.status, reply.headers["location"]) == (303, "/")
    told = reply.headers["set-cookie"].lower()
    assert "httponly" in told
    assert "samesite=strict" in told
    port = client.url.partition("?")[0].rstrip("/").rpartition(":")[2]
    assert told.startswith(f"touchstone-studio-{port}=")


@pytest.mark.parametrize("path", ["/", "/rollouts", "/static/style.css", "/none", "/?token=wrong"])
def test_without_the_token_nothing_is_told(client, path):
    reply = client.ask(path)
    assert reply.status == 403
    assert "set-cookie" not in reply.headers
    assert len(reply.text) < 120


def test_a_foreign_name_is_refused_though_it_has_the_cookie(client, cookie):
    for host in ("evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example", "[::1]:1"):
        assert client.ask("/rollouts", Host=host).status == 403
    for host in ("127.0.0.1:1", "localhost:8000", "LOCALHOST"):
        assert client.ask("/rollouts", Host=host).status == 200


def test_what_changes_something_comes_from_our_own_page(client, cookie):
    host = client.url.partition("//")[2].partition("/")[0]
    for origin in ("", "null", "http://evil.example", "http://127.0.0.1:1", f"https://{host}"):
        assert client.ask("/rollouts", "POST", Origin=origin).status == 403
    assert client.ask("/rollouts", "POST", Origin=f"http://{host}").status == 405


def test_the_way_in_leads_nowhere_else(client):
    token = client.url.partition("?")[2]
    reply = client.ask(f"//evil.example/x?a=1&{token}")
    assert (reply.status, reply.headers["location"]) == (303, "/evil.example/x?a=1")


def test_every_reply_forbids_what_a_page_does_not_need(client, cookie):
    for path in ("/rollouts", "/static/studio.css", "/none"):
        headers = client.ask(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_a_page_that_is_not_there_says_so(client, cookie):
    for path in ("/none", "/static/../guard.py", "/static/none.js"):
        reply = client.ask(path)
        assert reply.status == 404
        assert "<h1>" in reply.text
