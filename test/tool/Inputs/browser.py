"""Opens a report in headless Chromium and asks it questions.

browser.py REPORT FOLDER: the page is opened inside a frame as wide as a phone
and inside one as wide as a desk, is driven by its keyboard, and its answers
are printed as JSON. Screenshots of the page itself, light and dark, are left
in FOLDER."""

import html
import json
import pathlib
import re
import subprocess
import sys

report, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
folder.mkdir(exist_ok=True)

DRIVER = """<script>
const press = key => (document.activeElement || document.body).dispatchEvent(
    new KeyboardEvent("keydown", {key, bubbles: true}));
const visible = () => [...document.querySelectorAll("details")].filter(d => !d.hidden);
const answers = {findings: findings.length, injected: window.injected === 1,
  scripts: document.scripts.length, images: document.images.length,
  drawings: document.querySelectorAll("svg[role=img][aria-label]").length,
  steps: document.querySelectorAll("svg circle").length};
press("j"); press("j");
answers.second = document.activeElement === findings[1].firstElementChild;
press("k");
answers.first = document.activeElement === findings[0].firstElementChild;
press("/");
answers.search = document.activeElement === text;
document.activeElement.blur();
text.value = "stale-value"; text.dispatchEvent(new Event("input"));
answers.byText = visible().length;
text.value = ""; text.dispatchEvent(new Event("input"));
document.querySelector(".counts button").click();
answers.byCheck = visible().length;
answers.status = document.querySelector("#shown").textContent;
document.querySelector(".counts button").click();
document.querySelector("#all").click();
answers.open = findings.every(d => d.open);
answers.overflow = document.documentElement.scrollWidth - innerWidth;
answers.width = innerWidth;
answers.tall = findings[0].scrollHeight > 200;
parent.postMessage(JSON.stringify(answers), "*");
</script>"""


def chromium(*arguments):
    return subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
         "--disable-dev-shm-usage", "--hide-scrollbars",
         f"--user-data-dir={folder}/profile", *arguments],
        check=True, capture_output=True, text=True, timeout=120).stdout


page = report.read_text(encoding="utf-8")
driven = folder / "driven.html"
driven.write_text(page.replace("</body>", DRIVER + "</body>"),
                  encoding="utf-8")
frames = folder / "frames.html"
frames.write_text(
    "<!doctype html><script>onmessage = e => { const p = "
    "document.createElement('pre'); p.className = 'answer'; "
    "p.textContent = e.data; document.documentElement.append(p) }</script>"
    "<iframe src=driven.html width=360 height=700></iframe>"
    "<iframe src=driven.html width=1200 height=700></iframe>",
    encoding="utf-8")
dom = chromium("--virtual-time-budget=5000", "--dump-dom", frames.as_uri())
answers = [json.loads(html.unescape(text)) for text in
           re.findall(r'<pre class="answer">(.*?)</pre>', dom, re.S)]
assert len(answers) == 2, dom
shown = folder / "open.html"
shown.write_text(page.replace("<details ", "<details open "),
                 encoding="utf-8")
for name, flags in (("light", ["--window-size=1200,1500"]),
                    ("dark", ["--window-size=1200,1500",
                              "--blink-settings=preferredColorScheme=0"]),
                    ("narrow", ["--window-size=500,1500"])):
    chromium(*flags, f"--screenshot={folder}/{name}.png", shown.as_uri())
    assert (folder / f"{name}.png").stat().st_size > 10000
for answer in answers:
    print(json.dumps(answer))
    for expression in sys.argv[3:]:
        assert eval(expression, dict(answer)), expression
assert sorted(a["width"] for a in answers) == [360, 1200], answers
