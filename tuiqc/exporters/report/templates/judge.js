"use strict";
(() => {
  // Verdicts on the pictures of this page, kept in the browser, saved as a CSV that `tuiqc merge` takes.
  const about = JSON.parse(document.getElementById("judge-about").textContent);
  const figures = [...document.querySelectorAll("figure[data-cells]")];
  const words = { p: "pass", f: "fail", u: "unsure" };
  const place = "tuiqc " + about.id;
  const said = new Map();
  const name = document.getElementById("judge-name");
  const count = document.getElementById("judge-count");
  let undone = [];

  const kept = () => {
    try { return JSON.parse(localStorage.getItem(place) || "{}"); } catch { return {}; }
  };
  const keep = () => {
    try {
      localStorage.setItem(place, JSON.stringify({ said: [...said], name: name.value }));
    } catch { /* a browser that keeps nothing of files: the CSV is what counts */ }
  };
  const show = () => {
    for (const one of figures) {
      const found = said.get(one.dataset.cells);
      one.dataset.said = found ? found.verdict : "";
    }
    const things = new Set(figures.map(one => one.dataset.cells));
    count.textContent = said.size + " of " + things.size + " judged";
  };
  const go = one => {
    if (!one) return;
    one.focus({ preventScroll: true });
    one.scrollIntoView({ block: "nearest" });
  };
  const next = (from, step) => figures[figures.indexOf(from) + step];
  const judge = (one, verdict) => {
    undone.push([one.dataset.cells, said.get(one.dataset.cells)]);
    if (verdict) said.set(one.dataset.cells, { verdict, time: new Date().toISOString() });
    else said.delete(one.dataset.cells);
    keep();
    show();
    if (!verdict) return;
    const rest = figures.slice(figures.indexOf(one) + 1);
    go(rest.find(other => !said.has(other.dataset.cells)) || rest[0]);
  };
  const undo = () => {
    const last = undone.pop();
    if (!last) return;
    if (last[1]) said.set(last[0], last[1]); else said.delete(last[0]);
    keep();
    show();
    go(figures.find(one => one.dataset.cells === last[0]));
  };
  const cell = text => (/[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text);
  const harmless = text => (/^'*[=+\-@\t\r\n]/.test(text) ? "'" + text : text);
  const csv = () => {
    const lines = [about.columns.join(",")];
    for (const [cells, found] of said) {
      const row = { ...JSON.parse(cells), verdict: found.verdict, time: found.time, schema: about.schema,
        annotator: harmless(name.value.trim()) };
      lines.push(about.columns.map(column => cell(String(row[column] ?? ""))).join(","));
    }
    return lines.join("\r\n") + "\r\n";
  };
  const save = () => {
    if (!name.value.trim()) {
      name.focus();
      name.setAttribute("aria-invalid", "true");
      return;
    }
    name.removeAttribute("aria-invalid");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
    link.download = "qc_annotations_" + name.value.trim().replace(/[^A-Za-z0-9_-]+/g, "_") + ".csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  const before = kept();
  const known = new Set(figures.map(one => one.dataset.cells));
  for (const [cells, found] of before.said || []) if (known.has(cells)) said.set(cells, found);
  name.value = before.name || "";
  name.addEventListener("input", keep);
  document.getElementById("judge-save").addEventListener("click", save);
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target === name) return;
    const one = document.activeElement.closest("figure[data-cells]");
    if (event.key === "z") undo();
    else if (event.key === "m") go(figures.find(other => !said.has(other.dataset.cells)));
    else if (one && words[event.key]) judge(one, words[event.key]);
    else if (one && event.key === "Backspace") judge(one, "");
    else if (one && (event.key === "ArrowRight" || event.key === "j")) go(next(one, 1));
    else if (one && (event.key === "ArrowLeft" || event.key === "k")) go(next(one, -1));
    else return;
    event.preventDefault();
  });
  for (const one of figures) one.addEventListener("click", () => go(one));
  document.documentElement.dataset.judge = "ready";
  window.tuiqcCsv = csv;
  show();
})();
