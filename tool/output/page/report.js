const findings = [...document.querySelectorAll("details")];
const fields = [...document.querySelectorAll("form [data-key]")];
const text = document.querySelector("#text");
const buttons = [...document.querySelectorAll(".counts button")];

function filter() {
  const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const finding of findings) {
    const all = finding.textContent.toLowerCase();
    const hit = words.every(word => all.includes(word)) &&
      fields.every(field => !field.value || finding.dataset[field.dataset.key] === field.value);
    finding.hidden = !hit;
    count += hit;
  }
  document.querySelector("#shown").textContent = `${count} of ${findings.length} shown`;
  const check = fields.find(field => field.dataset.key === "check").value;
  for (const button of buttons)
    button.setAttribute("aria-pressed", button.dataset.check === check);
}

text.addEventListener("input", filter);
for (const field of fields) field.addEventListener("input", filter);
for (const button of buttons)
  button.addEventListener("click", () => {
    const field = fields.find(field => field.dataset.key === "check");
    field.value = field.value === button.dataset.check ? "" : button.dataset.check;
    filter();
  });
document.querySelector("form").addEventListener("submit", event => event.preventDefault());
document.querySelector("#all").addEventListener("click", () => {
  const open = findings.some(finding => !finding.hidden && !finding.open);
  for (const finding of findings) if (!finding.hidden) finding.open = open;
});

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (/INPUT|SELECT/.test(event.target.tagName)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const shown = findings.filter(finding => !finding.hidden);
  const at = shown.findIndex(finding => finding.contains(document.activeElement));
  let to;
  if (event.key === "j") to = shown[Math.min(at + 1, shown.length - 1)];
  else if (event.key === "k") to = shown[Math.max(at - 1, 0)];
  else if (event.key === "/") { event.preventDefault(); text.focus(); }
  if (to) { to.firstElementChild.focus(); to.scrollIntoView({block: "nearest"}); }
});

function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (target) { target.open = true; target.scrollIntoView(); }
}
addEventListener("hashchange", openTarget);
filter();
openTarget();
