/* Charts by Vega-Lite, drawn from the tables of the page, so that a chart says what the table says. */
(function () {
  "use strict";
  var FONT = '"Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif';
  var INK = "#1b222c", SOFT = "#515c6a", MET = "#14602f", SHORT = "#9c1118", MISSING = "#6f4300", MEAN = "#17497f";
  var VERDICTS = { domain: ["达标", "低于标准", "低于底线"], range: [MET, "#b35900", SHORT] };
  var MOST = 15;

  function column(table, name) {
    return Array.prototype.findIndex.call(table.tHead.rows[0].cells, function (head) {
      return head.textContent.trim() === name;
    });
  }

  function number(cell) {
    var exact = cell.getAttribute("data-v");
    var value = parseFloat(exact === null ? cell.textContent : exact);
    return isNaN(value) ? null : value;
  }

  /* The rows of a table as objects: texts by heading, numbers of number cells. */
  function rows(table, wanted) {
    var at = {};
    wanted.forEach(function (name) { at[name] = column(table, name); });
    return Array.prototype.map.call(table.tBodies[0].rows, function (row) {
      var found = {};
      wanted.forEach(function (name) {
        var cell = row.cells[at[name]];
        found[name] = cell.classList.contains("n") ? number(cell) : cell.textContent.trim();
      });
      var link = row.querySelector("th a");
      found.href = link ? link.getAttribute("href") : null;
      return found;
    });
  }

  function stands(row) {
    return row["与底线"] === "不达标" ? "低于底线" : row["与标准"] === "不达标" ? "低于标准" : "达标";
  }

  function base(spec) {
    return Object.assign({
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      width: "container",
      background: null,
      autosize: { type: "fit-x", contains: "padding" },
      config: {
        font: FONT, view: { stroke: null },
        axis: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", labelColor: INK, titleColor: SOFT, gridColor: "#e3e7ec", domainColor: "#9aa5b1", tickColor: "#9aa5b1" },
        legend: { labelFontSize: 12, titleFontSize: 12, orient: "top", title: null, symbolSize: 80, offset: 4 }, text: { fontSize: 12, color: INK }
      }
    }, spec);
  }

  function line(value, dash, color) {
    return { data: { values: [{ y: value }] }, mark: { type: "rule", strokeDash: dash, color: color, strokeWidth: 1.5 }, encoding: { y: { field: "y", type: "quantitative" } } };
  }

  /* Schools stand from low to high: at the right end of a limit, and above the left end of the mean, there are none.
     White below the letters, where another line runs through them. */
  function label(value, said, color, right, below) {
    var place = { type: "text", fontSize: 12, align: right ? "right" : "left", dx: right ? -2 : 2, baseline: below ? "top" : "bottom", dy: below ? 3 : -2 };
    return [{ color: "#fff", stroke: "#fff", strokeWidth: 3 }, { color: color }].map(function (ink) {
      return { data: { values: [{ y: value, t: said }] }, mark: Object.assign(ink, place), encoding: { y: { field: "y", type: "quantitative" }, x: { value: right ? "width" : 0 }, text: { field: "t" } } };
    });
  }

  function spread(figure, table) {
    var found = rows(table, ["学校", "学段", "值", "与标准", "与底线", "在校生"])
      .filter(function (row) { return row["学段"] === figure.dataset.level && row["值"] !== null; })
      .sort(function (a, b) { return a["值"] - b["值"]; });
    found.forEach(function (row, at) { row.order = at + 1; row.stands = stands(row); });
    var standard = parseFloat(figure.dataset.standard), floor = parseFloat(figure.dataset.floor), mean = parseFloat(figure.dataset.mean);
    var layers = [], labels = [];
    if (!isNaN(floor)) { layers.push(line(floor, [2, 3], SOFT)); labels = labels.concat(label(floor, "底线 " + floor, SOFT, true, true)); }
    if (!isNaN(standard)) { layers.push(line(standard, [], INK)); labels = labels.concat(label(standard, "标准 " + standard, INK, true, false)); }
    if (!isNaN(mean)) { layers.push(line(mean, [8, 3], MEAN)); labels = labels.concat(label(mean, "均值", MEAN, false, false)); }
    layers = layers.concat(labels);
    layers.push({
      data: { values: found },
      mark: { type: "point", filled: true, size: 55, opacity: 0.9 },
      encoding: {
        x: { field: "order", type: "quantitative", title: "学校，由低到高", axis: { tickMinStep: 1, grid: false }, scale: { domain: [0, found.length + 1], nice: false } },
        y: { field: "值", type: "quantitative", title: figure.dataset.unit, scale: { zero: true } },
        color: { field: "stands", type: "nominal", scale: VERDICTS },
        shape: { field: "stands", type: "nominal", scale: { domain: VERDICTS.domain, range: ["circle", "diamond", "triangle-down"] } },
        href: { field: "href", type: "nominal" },
        tooltip: [{ field: "学校", type: "nominal" }, { field: "值", type: "quantitative", format: ".4~f" }, { field: "在校生", type: "quantitative" }, { field: "stands", type: "nominal", title: "结论" }]
      }
    });
    return base({ height: 300, layer: layers });
  }

  function waterfall(figure, table) {
    var all = rows(table, ["学校", "学段", "方差份额", "累计", "名次"])
      .filter(function (row) { return row["学段"] === figure.dataset.level && row["方差份额"] !== null; })
      .sort(function (a, b) { return a["名次"] - b["名次"]; });
    if (!all.length) { return null; }
    var before = 0;
    var found = all.slice(0, MOST).map(function (row) {
      var bar = { "学校": row["名次"] + ". " + row["学校"], from: before, to: row["累计"], said: (row["方差份额"] * 100).toFixed(1) + "%", href: row.href };
      before = row["累计"];
      return bar;
    });
    if (all.length > MOST) {
      found.push({ "学校": "其余 " + (all.length - MOST) + " 个学段", from: before, to: 1, said: "", rest: true });
    }
    return base({
      height: found.length * 20, data: { values: found },
      encoding: { y: { field: "学校", type: "nominal", sort: null, title: null, axis: { labelLimit: 170, ticks: false, domain: false } } },
      layer: [
        {
          mark: { type: "bar", height: 13 },
          encoding: {
            x: { field: "from", type: "quantitative", title: "占方差 S² 的份额（累计）", axis: { format: "%", values: [0, 0.2, 0.4, 0.6, 0.8, 1] }, scale: { domain: [0, 1.12], nice: false } }, x2: { field: "to" },
            color: { condition: { test: "datum.rest", value: "#aab4bf" }, value: "#17497f" }, href: { field: "href", type: "nominal" }
          }
        },
        { mark: { type: "text", align: "left", dx: 4 }, encoding: { x: { field: "to", type: "quantitative" }, text: { field: "said" } } }
      ]
    });
  }

  function school(figure, table) {
    var narrow = figure.clientWidth < 560, most = 2.5;
    var found = rows(table, ["指标", "名称", "学段", "值", "单位", "标准", "底线", "值/标准", "与标准", "与底线"]);
    var levels = found.map(function (row) { return row["学段"]; }).filter(function (level, at, them) { return them.indexOf(level) === at; });
    found.forEach(function (row) {
      row.name = row["指标"] + (levels.length > 1 ? " " + row["学段"] : "") + (narrow ? "" : " " + row["名称"]);
      row.stands = stands(row);
      row.shown = row["值/标准"] === null ? 0 : Math.min(row["值/标准"], most);
      row.at = row["底线"] === null ? null : row["底线"] / row["标准"];
      row.said = row["值/标准"] === null ? "缺报" : (row["与标准"] === "不达标" ? "✕ " : "✓ ") + row["值/标准"].toFixed(2) + "倍";
      row.sign = row["值/标准"] === null ? MISSING : INK;
    });
    return base({
      height: found.length * 22, data: { values: found },
      encoding: { y: { field: "name", type: "nominal", sort: null, title: null, axis: { labelLimit: narrow ? 90 : 300, ticks: false, domain: false } } },
      layer: [
        {
          mark: { type: "bar", height: 13 },
          encoding: {
            x: { field: "shown", type: "quantitative", title: "值 ÷ 标准" + (found.some(function (row) { return row["值/标准"] > most; }) ? "（超过 " + most + " 倍的画到 " + most + " 倍）" : ""), axis: { values: [0, 0.5, 1, 1.5, 2, 2.5] }, scale: { domain: [0, most * (narrow ? 1.4 : 1.12)], nice: false } },
            color: { field: "stands", type: "nominal", scale: VERDICTS },
            tooltip: [{ field: "名称" }, { field: "学段" }, { field: "值", type: "quantitative", format: ".4~f" }, { field: "标准", type: "quantitative" }, { field: "stands", title: "结论" }]
          }
        },
        { mark: { type: "tick", thickness: 2, size: 19, color: SOFT }, encoding: { x: { field: "at", type: "quantitative" } } },
        { mark: { type: "rule", color: INK, strokeWidth: 1.5 }, encoding: { x: { datum: 1, type: "quantitative" }, y: { value: 0 }, y2: { value: "height" } } },
        { mark: { type: "text", align: "left", dx: 6 }, encoding: { x: { datum: most, type: "quantitative" }, text: { field: "said" } } }
      ]
    });
  }

  var KINDS = { spread: spread, waterfall: waterfall, school: school };
  Array.prototype.forEach.call(document.querySelectorAll("figure[data-chart]"), function (figure) {
    var table = document.getElementById(figure.dataset.table), canvas = figure.querySelector(".canvas");
    var spec = table && table.tBodies[0].rows.length ? KINDS[figure.dataset.chart](figure, table) : null;
    if (!spec) { figure.hidden = true; return; }
    window.vegaEmbed(canvas, spec, { renderer: "svg", actions: false, ast: true, tooltip: { theme: "light" } }).then(function (drawn) {
      /* The chart is one image to a screen reader; the table beside it has the numbers. */
      var svg = canvas.querySelector("svg");
      if (svg) { svg.setAttribute("aria-hidden", "true"); }
      figure.setAttribute("data-drawn", "");
      return drawn;
    }, function (error) { console.error(error); });
  });
}());
