"""The built page is served as it was when TensorBoard started."""

from werkzeug.test import Client

from tb_plugin_weightdelta.serving import http as page


def test_a_file_that_an_upgrade_took_away_is_not_there_and_what_to_do_is_said(tmp_path):
    asset = tmp_path / "assets" / "app-1.js"
    asset.parent.mkdir(parents=True)
    asset.write_text("export {}")
    client = Client(page.page_route(tmp_path))
    assert client.get("/static/assets/app-1.js").status_code == 200
    asset.unlink()
    reply = client.get("/static/assets/app-1.js")
    assert reply.status_code == 404
    assert reply.json == {
        "error": "The file 'assets/app-1.js' is gone: the plugin was replaced, restart TensorBoard."
    }
