"""The manual's generated pages are those that the code would write now."""

from server import reference


def test_the_reference_in_docs_is_fresh():
    assert reference.main(["--check"]) == 0


def test_a_stale_page_is_found_and_mended(tmp_path, monkeypatch):
    monkeypatch.setattr(reference, "FOLDER", tmp_path)
    assert reference.main(["--check"]) == 1
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0
    (tmp_path / "errors.md").write_text("old")
    assert reference.main(["--check"]) == 1


def test_every_setting_metric_and_error_is_on_its_page():
    pages = {name: write() for name, write in reference.PAGES.items()}
    assert all(f"`{spec.env}`" in pages["settings.md"] for spec in reference.SPECS)
    assert all(f"`{name}`" in pages["metrics.md"] for name in reference.CATALOGUE)
    assert all(f"`{code}`" in pages["errors.md"] for code in reference.CODES)
    assert all(f"{e.method} {e.path}" in pages["rest.md"] for e in reference.ENDPOINTS)
