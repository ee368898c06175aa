/* Sorting, searching and filtering of tables, and the way back to the front page. Classic script: works on file://. */
(function () {
  "use strict";
  document.documentElement.classList.add("scripted");
  var collator = new Intl.Collator("zh-CN", { numeric: true });

  function text(cell) {
    return cell ? cell.textContent.trim() : "";
  }

  function sortKey(row, column) {
    var cell = row.cells[column];
    if (!cell) { return ""; }
    var exact = cell.getAttribute("data-v");
    if (exact === null && cell.classList.contains("n")) { exact = text(cell); }
    if (exact === null) { return text(cell); }
    var number = parseFloat(exact);
    return isNaN(number) ? null : number;
  }

  function compare(a, b, sign) {
    var emptyA = a === null || a === "", emptyB = b === null || b === "";
    if (emptyA || emptyB) { return emptyA && emptyB ? 0 : emptyA ? 1 : -1; }
    var order = typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
    return sign * order;
  }

  function sort(table, column, descending) {
    var heads = table.tHead.rows[0].cells;
    for (var i = 0; i < heads.length; i += 1) { heads[i].removeAttribute("aria-sort"); }
    heads[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
    Array.prototype.forEach.call(table.tBodies, function (body) {
      var rows = Array.prototype.filter.call(body.rows, function (row) { return !row.classList.contains("band"); });
      var keyed = rows.map(function (row, at) { return { row: row, key: sortKey(row, column), at: at }; });
      keyed.sort(function (a, b) { return compare(a.key, b.key, descending ? -1 : 1) || a.at - b.at; });
      keyed.forEach(function (one) { body.appendChild(one.row); });
    });
  }

  function makeSortable(table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      while (head.firstChild) { button.appendChild(head.firstChild); }
      head.appendChild(button);
      button.addEventListener("click", function () {
        var descending = head.getAttribute("aria-sort") === "ascending";
        sort(table, column, descending);
        remember({ table: table.id, sort: column + (descending ? "d" : "a") });
      });
    });
  }

  /* What is chosen stands in the address, so that a view can be passed on. Anchors of the page have no "=". */
  function chosen() {
    var hash = location.hash.slice(1);
    return new URLSearchParams(hash.indexOf("=") < 0 ? "" : hash);
  }

  function remember(values) {
    var now = chosen();
    Object.keys(values).forEach(function (name) {
      if (values[name]) { now.set(name, values[name]); } else { now.delete(name); }
    });
    var said = now.toString();
    history.replaceState(null, "", said ? "#" + said : location.pathname.split("/").pop() + location.search);
  }

  function matches(row, form) {
    return Array.prototype.every.call(form.elements, function (field) {
      if (!field.name || !field.value.trim()) { return true; }
      var wanted = field.value.trim().toLowerCase();
      var column = field.getAttribute("data-column");
      if (column === null) {
        return wanted.split(/\s+/).every(function (word) { return row.textContent.toLowerCase().indexOf(word) >= 0; });
      }
      var said = text(row.cells[column]).toLowerCase();
      return said === wanted || said.split("、").indexOf(wanted) >= 0;
    });
  }

  function apply(form, table) {
    var shown = 0, all = 0;
    Array.prototype.forEach.call(table.tBodies, function (body) {
      Array.prototype.forEach.call(body.rows, function (row) {
        var visible = matches(row, form);
        row.hidden = !visible;
        all += 1;
        shown += visible ? 1 : 0;
      });
    });
    form.querySelector("output").textContent = "显示 " + shown + " / " + all + " 行";
  }

  function makeFilterable(form) {
    var table = document.getElementById(form.getAttribute("data-for"));
    if (!table) { return; }
    Array.prototype.forEach.call(form.elements, function (field) {
      if (field.getAttribute("data-name")) { field.name = field.getAttribute("data-name"); }
    });
    form.hidden = false;
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("input", function () {
      apply(form, table);
      var values = {};
      Array.prototype.forEach.call(form.elements, function (field) {
        if (field.name) { values[field.name] = field.value.trim(); }
      });
      remember(values);
    });
    form.addEventListener("reset", function () {
      setTimeout(function () { form.dispatchEvent(new Event("input")); }, 0);
    });
    function recall() {
      if (location.hash.length > 1 && location.hash.indexOf("=") < 0) { return; }  /* an anchor chooses nothing */
      var now = chosen();
      Array.prototype.forEach.call(form.elements, function (field) {
        if (field.name) { field.value = now.get(field.name) || ""; }
      });
      apply(form, table);
    }
    recall();
    window.addEventListener("hashchange", recall);
  }

  function recallSort() {
    var now = chosen(), table = document.getElementById(now.get("table") || ""), wanted = now.get("sort") || "";
    if (table && table.tHead && table.tHead.rows[0].cells[parseInt(wanted, 10)]) {
      sort(table, parseInt(wanted, 10), wanted.slice(-1) === "d");
    }
  }

  function leadBack() {
    var nav = document.querySelector(".top nav");
    if (!nav || !window.junhengFront) { return; }
    var link = document.createElement("a");
    link.href = document.querySelector(".place a").getAttribute("href").replace("index.html", "") + window.junhengFront;
    link.textContent = "各县各学年";
    nav.appendChild(link);
  }

  Array.prototype.forEach.call(document.querySelectorAll("table.sortable"), makeSortable);
  Array.prototype.forEach.call(document.querySelectorAll("form.filters"), makeFilterable);
  recallSort();
  leadBack();
}());
