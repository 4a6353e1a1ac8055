"""The catalog engineer's pages: a change is sent, checked, corrected, seen, published, stopped, audited, compared."""

from __future__ import annotations

import io
import re
import zipfile

import openpyxl
import pytest
from flask.testing import FlaskClient

from catalog import uploads
from tests.web.catalog_desk import LESS, NEW_RULE, Desk
from tests.web.shopping import DEMO, address, ask_for_quote
from tests.web.signing_in import add_user, sign_in


def test_the_list_shows_what_serves(desk: Desk) -> None:
    page = desk.page("/catalog/")
    for words in ("Made-to-measure window", "compiled graph", "Mon 23 Nov 10:00", "Nothing waits."):
        assert words in page
    chinese = desk.page("/catalog/", headers={"Accept-Language": "zh-CN"})
    assert "定制窗" in chinese
    assert "编译图" in chinese
    assert 'aria-current="page">Catalog' in page


def test_a_version_is_readable_and_its_rules_are_found(desk: Desk) -> None:
    where = desk.client.get("/catalog/products/window").location
    page = desk.page(where)
    assert "An opening window is at most 3 times as high as wide." in page
    assert "opening = &#39;fixed&#39; or height &lt;= 3 * width" in page
    assert "preference, weight 2" in page
    assert "Aluminium 75 (ALU75)" in page
    assert page.count("as expected") == 5
    found = desk.page(f"{where}?search=fittings+of+PVC+82")
    assert "sash_weight.PVC82" in found
    assert "sash_weight.PVC70" not in found
    assert "No rule matches." in desk.page(f"{where}?search=nonsense")
    assert desk.client.get("/catalog/products/nothing").status_code == 404
    assert desk.client.get(f"/catalog/versions/{'0' * 64}").status_code == 404


def test_a_version_can_be_taken_away_and_sent_again_unchanged(desk: Desk) -> None:
    answer = desk.client.get(f"{desk.version(1)}/source.zip")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="window-v1.zip"'
    upload = desk.send("/catalog/uploads", "window-v1.zip", answer.data).location
    assert "Nothing changes: this is the version that serves." in desk.page(upload)
    model = desk.client.get(f"{desk.version(1)}/model.uvl")
    assert model.text.split("\n", 1)[0].startswith(("features", "//", "namespace"))
    assert "window-v1.uvl" in model.headers["Content-Disposition"]


def test_a_change_is_seen_published_and_serves_when_it_is_compiled(desk: Desk) -> None:
    customer = desk.app.test_client()
    ask_for_quote(customer)
    upload = desk.send_change(LESS, rules=NEW_RULE)
    page = desk.page(upload)
    assert "is being worked out" in page
    assert 'http-equiv="refresh"' in page
    assert "content_hash" not in page, "offered to publish before the change was seen"
    assert desk.runner.run_due() == 1
    page = desk.page(upload)
    for words in ("turn_warranty", "<code>380</code>", "<code>377</code>", "now impossible",
                  "Opening = Turn only and Warranty = 10-year warranty", "Some old configurations become impossible",
                  "Nothing becomes possible that was not possible before (proven).", "−¥3", "other price", "Q-2026-"):
        assert words in page, words
    where = desk.publish(upload).location
    assert where.endswith("/compilation")
    assert "It waits for a free worker. Version 1 serves." in " ".join(desk.page(where).split())
    assert desk.serving() == 1
    assert "Made-to-measure" in customer.get(address("window")).text
    desk.runner.run_due()
    assert "Customers are answered by it." in desk.page(where)
    assert desk.serving() == 2
    page = desk.page(desk.version(2))
    assert "Version 2 began to serve" in page
    assert "jing" in page
    assert desk.press(f"{upload}/publish", content_hash="x").status_code in {303, 409}
    assert "published" in desk.page(upload)


def test_every_problem_is_shown_with_its_place_and_nothing_sent_is_lost(desk: Desk) -> None:
    upload = desk.send_change(("products/window/product.yaml", "base_price: 380", "base_price: 39O"),
                              ("products/pump/product.yaml", "title:", "titel:"))
    page = desk.page(upload)
    assert "found &#39;39O&#39;; expected a number" in page
    assert "<code class=\"small\">  base_price: 39O" in page
    assert "unknown key &#39;titel&#39;; did you mean &#39;title&#39;?" in page
    assert "content_hash" not in page
    assert "change.zip" in desk.page("/catalog/")
    text = (DEMO / "products/window/product.yaml").read_bytes()
    refused = desk.send(f"{upload}/files", "product.yaml", text)
    assert refused.status_code == 422
    assert "fits several files" in refused.text
    assert "39O" in refused.text, "the upload was lost"
    assert desk.send(f"{upload}/files", "product.yaml", text, place="products/window/product.yaml").status_code == 303
    page = desk.page(upload)
    assert "39O" not in page
    assert "titel" in page
    pump = (DEMO / "products/pump/product.yaml").read_bytes()
    desk.send(f"{upload}/files", "products/pump/product.yaml", pump, place="products/pump/product.yaml")
    assert desk.page(upload).count("Nothing changes: this is the version that serves.") == 3


@pytest.mark.parametrize(("name", "content", "words"), [
    ("x.txt", b"hello", "found &#39;.txt&#39;; expected one of"),
    ("x.zip", b"PK\x03\x04 broken", "no readable zip archive"),
    ("x.uvl", b"features\n\xff", "is not UTF-8"),
    ("", b"", "Choose a file first."),
    ("../../<b>.zip", b"", "no readable zip archive"),
])
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(desk: Desk, name: str, content: bytes,
                                                              words: str) -> None:
    answer = desk.send("/catalog/uploads", name, content)
    assert answer.status_code == 422
    assert words in answer.text
    assert "<b>.zip" not in answer.text
    assert "Nothing waits." in desk.page("/catalog/")


def test_an_archive_that_leads_elsewhere_is_refused(desk: Desk) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("../../etc/cron.yaml", "x: 1")
    answer = desk.send("/catalog/uploads", "slip.zip", target.getvalue())
    assert answer.status_code == 422
    assert "leads out of the folder" in answer.text


def test_what_is_too_large_is_refused_before_it_is_read(desk: Desk) -> None:
    body = {"data": b"x" * 8_000_001, "content_type": "multipart/form-data; boundary=b"}
    assert desk.client.post("/catalog/uploads", **body).status_code == 413
    assert desk.client.post("/account/sign-in", data={"login": "x" * 1_000_001}).status_code == 413


def test_an_upload_that_was_changed_is_not_published_unseen(desk: Desk) -> None:
    upload = desk.send_change(LESS)
    answer = desk.press(f"{upload}/publish", content_hash="0" * 64)
    assert answer.location.endswith(upload)
    assert "Look at it again" in desk.page(upload)
    assert len(desk.page("/catalog/").split("Version 2")) == 1


def test_an_upload_with_faults_is_never_published(desk: Desk) -> None:
    upload = desk.send_change(("products/window/product.yaml", "base_price: 380", "base_price: 39O"))
    with desk.database.reading() as session:
        content_hash = uploads.get_upload(session, upload_id=int(upload.rsplit("/", 1)[1])).source.content_hash()
    assert desk.press(f"{upload}/publish", content_hash=content_hash).status_code == 422
    assert desk.serving() == 1


def test_an_upload_can_be_put_away(desk: Desk) -> None:
    upload = desk.send_change(LESS)
    assert desk.press(f"{upload}/discard").status_code == 303
    assert "Nothing of it was published." in desk.page("/catalog/")
    assert desk.client.get(upload).status_code == 404
    desk.runner.run_due()
    assert desk.press(f"{upload}/publish", content_hash="x").status_code == 404
    assert desk.client.get("/catalog/uploads/99999999999999999999").status_code == 404


def test_a_compilation_is_stopped_and_asked_for_again(desk: Desk) -> None:
    upload = desk.send_change(LESS)
    desk.runner.run_due()
    where = desk.publish(upload).location
    assert desk.press(where.replace("/compilation", "/stop")).status_code == 303
    assert "It stops; the version does not serve then." in desk.page(where)
    desk.runner.run_due()
    page = desk.page(where)
    assert "The compilation was stopped." in page
    assert "Version 1 serves." in page
    assert desk.serving() == 1
    assert desk.press(where.replace("/compilation", "/compile")).status_code == 303
    desk.runner.run_due()
    assert desk.serving() == 2


def test_a_product_that_nobody_can_configure_says_so_and_does_not_serve(desk: Desk) -> None:
    upload = desk.send("/catalog/uploads", "pair.dimacs", b"p cnf 2 3\n1 2 0\n-1 0\n-2 0\n").location
    assert "This product is not in the catalog yet." in desk.page(upload)
    where = desk.publish(upload).location
    desk.runner.run_due()
    assert "its rules contradict each other" in desk.page(where)
    assert "No version of it serves yet." in desk.page("/catalog/")
    assert desk.client.get(address("pair")).status_code == 404


def test_an_audit_is_worked_out_kept_and_explained(desk: Desk) -> None:
    where = f"{desk.version(1)}/audit"
    assert "Start the audit" in desk.page(where)
    assert desk.press(where).status_code == 303
    assert "It waits for a free worker." in desk.page(where)
    desk.runner.run_due()
    page = desk.page(where)
    for words in ("Every finding is proven, not sampled.", "Rule glass_thickness.PVC82 forbids nothing",
                  "Whatever is chosen keeps it.", "Warranty = 10-year warranty brings other choices with it",
                  "Everything that an audit looks for was checked.", "Audit again"):
        assert words in page, words
    assert "规则 glass_thickness.PVC82 不禁止任何内容" in desk.page(where, headers={"Accept-Language": "zh-CN"})
    witness = re.search(r'href="(/shop/window\?[^"]+)"', page)
    assert witness is not None
    assert desk.client.get(witness.group(1).replace("&amp;", "&")).status_code == 200


def test_two_versions_are_compared(desk: Desk) -> None:
    upload = desk.send_change(LESS, rules=NEW_RULE)
    desk.runner.run_due()
    desk.publish(upload)
    desk.runner.run_due()
    old, new = (desk.version(number).rsplit("/", 1)[1] for number in (1, 2))
    assert f"/catalog/compare?old={old}&amp;new={new}" in desk.page(desk.version(2))
    page = desk.page(f"/catalog/compare?old={old}&new={new}")
    assert "turn_warranty" in page
    assert "now impossible" in page, "the preview's comparison was not kept"
    back = desk.press("/catalog/compare", old=new, new=old).location
    desk.runner.run_due()
    assert "now possible" in desk.page(back)
    assert desk.client.get(f"/catalog/compare?old={old}&new={'0' * 64}").status_code == 404
    assert desk.client.get("/catalog/compare").status_code == 404


def test_a_spreadsheet_is_edited_and_sent_back(desk: Desk) -> None:
    content = desk.client.get(f"{desk.version(1)}/workbook.xlsx").data
    upload = desk.send(f"{desk.version(1)}/workbook", "window.xlsx", content).location
    assert "Nothing changes: this is the version that serves." in desk.page(upload)
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if str(cell.value) == "380"]
    assert len(cells) == 1
    cells[0].value = 395
    edited = io.BytesIO()
    book.save(edited)
    upload = desk.send(f"{desk.version(1)}/workbook", "window.xlsx", edited.getvalue()).location
    page = desk.page(upload)
    assert "<code>395</code>" in page
    cells[0].value = "much"
    broken = io.BytesIO()
    book.save(broken)
    refused = desk.send(f"{desk.version(1)}/workbook", "window.xlsx", broken.getvalue())
    assert refused.status_code == 422
    assert cells[0].coordinate in refused.text
    assert desk.send(f"{desk.version(1)}/workbook", "x.xlsx", b"no workbook").status_code == 422


def test_an_imported_model_has_its_pages_too(desk: Desk) -> None:
    tree = "features\n    Bell\n        optional\n            Light\n            Horn\n"
    model = f"{tree}constraints\n    Light => Horn\n"
    upload = desk.send("/catalog/uploads", "bell.uvl", model.encode()).location
    desk.publish(upload)
    desk.runner.run_due()
    page = desk.page(desk.version(1, "bell"))
    assert "Light =&gt; Horn" in page
    assert "Spreadsheet as .xlsx" not in page
    assert desk.client.get(f"{desk.version(1, 'bell')}/workbook.xlsx").status_code == 404
    desk.press(f"{desk.version(1, 'bell')}/audit")
    desk.runner.run_due()
    assert "Audit again" in desk.page(f"{desk.version(1, 'bell')}/audit")


def test_others_see_nothing_of_it(desk: Desk, client: FlaskClient) -> None:
    sales = desk.app.test_client()
    add_user(desk.app, "lin", "sales")
    sign_in(sales, "lin")
    assert "/catalog/" not in sales.get("/").text
    assert sales.get("/catalog/").status_code == 403
