"""Write the dashboards, and remove those that nothing makes any more."""

from foreshock_dashboards import FOLDER, documents

made = documents()
for path in FOLDER.glob("*.json"):
    if path.name not in made:
        path.unlink()
for name, text in made.items():
    (FOLDER / name).write_text(text, encoding="utf-8")
