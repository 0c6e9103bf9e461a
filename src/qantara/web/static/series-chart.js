// <series-chart label="..."> with a table inside: draws its columns over its first one, which is
// time. All words and numbers of the picture are the table's own; without script the table stays.
// `split` draws each column apart; `goal` with `goal-told` is a dashed line to be held against.

const HIGH = 190;
const SPLIT_HIGH = 110;
const AXIS_LEAST = 40;
const FIGURE_WIDE = 7;
const AROUND = 0.05;
const COMPACT_MOST = 4;
const LINE_APART = 15;
const LABEL_SHARE = 0.4;
const TONES = ["teal", "brass", "leaf", "quiet"];
const FONT = '12px system-ui, "Noto Sans", sans-serif';
const DAY_SECONDS = 86400;
const WHOLE = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((each) => each * 10 ** power)).flat();

class SeriesChart extends HTMLElement {
  connectedCallback() {
    const table = this.querySelector("table");
    if (!table || this.plots || !window.uPlot) return;
    this.at = times(table);
    this.columns = columnsOf(table);
    this.plots = document.createElement("div");
    this.plots.className = "plots";
    this.prepend(this.plots);
    this.again = () => this.draw();
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.dark.addEventListener("change", this.again);
    this.themed = new MutationObserver(this.again);
    this.themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.sized = new ResizeObserver(() => this.fit());
    this.draw();
    this.sized.observe(this);
  }

  disconnectedCallback() {
    if (!this.plots) return;
    this.dark.removeEventListener("change", this.again);
    this.themed.disconnect();
    this.sized.disconnect();
    for (const each of this.drawn) each.destroy();
    this.plots.remove();
    this.plots = null;
  }

  draw() {
    for (const each of this.drawn ?? []) each.destroy();
    this.plots.replaceChildren();
    const groups = this.hasAttribute("split") ? this.columns.map((one) => [{ ...one, tone: TONES[0] }]) : [this.columns];
    this.drawn = groups.map((columns) => this.plot(columns));
  }

  fit() {
    for (const each of this.drawn) {
      const width = each.figure.clientWidth;
      if (width && width !== each.width) each.setSize({ width, height: each.height });
    }
  }

  plot(columns) {
    const split = this.hasAttribute("split");
    const figure = append(this.plots, "figure", "plot");
    if (split) {
      const caption = append(figure, "figcaption");
      append(caption, "bdi", "name").textContent = columns[0].name;
      append(caption, "span").textContent = columns[0].told.at(-1);
    }
    const place = append(figure, "div");
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", split ? `${this.getAttribute("label")}: \u2068${columns[0].name}\u2069` : this.getAttribute("label"));
    const now = append(figure, "p", "now");
    now.setAttribute("aria-hidden", "true");
    const labels = columns.map((each) => label(figure, each.tone, split ? "" : each.name));
    const goal = this.hasAttribute("goal") ? Number(this.getAttribute("goal")) : null;
    const aim = goal === null ? null : label(figure, "clay", this.getAttribute("goal-told"));
    const said = { columns, labels, aim, goal, now, split, at: this.at };
    const made = new uPlot(options(said, figure.clientWidth), [this.at.map((each) => each.seconds), ...columns.map((each) => each.values)], place);
    made.figure = figure;
    return made;
  }
}

function times(table) {
  return [...table.tBodies[0].rows].map((row) => ({
    seconds: Date.parse(row.cells[0].querySelector("time").dateTime) / 1000,
    told: row.cells[0].textContent.trim(),
  }));
}

function columnsOf(table) {
  const rows = [...table.tBodies[0].rows];
  return [...table.tHead.rows[0].cells].slice(1).map((head, place) => {
    const cells = rows.map((row) => row.cells[place + 1]);
    return {
      name: head.textContent.trim(),
      tone: head.dataset.tone ?? TONES[place % TONES.length],
      told: cells.map((cell) => cell.textContent.trim()),
      values: cells.map((cell) => cell.querySelector("data")).map((data) => (data ? Number(data.value) : null)),
    };
  });
}

function append(parent, name, kind = "") {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  parent.append(made);
  return made;
}

function label(figure, tone, text) {
  const made = append(figure, "span", `end ${tone}`);
  made.textContent = text;
  made.setAttribute("aria-hidden", "true");
  return made;
}

function options(said, width) {
  const { columns, labels, aim, split, at } = said;
  const ends = aim ? [...labels, aim] : labels;
  const gutter = split ? 20 : Math.min(width * LABEL_SHARE, Math.max(...ends.map((each) => each.offsetWidth)) + 12);
  const style = getComputedStyle(said.now);
  const axis = { stroke: style.color, font: FONT, grid: { show: false }, ticks: { show: false } };
  const count = (_, splits) => numbers(splits);
  const wide = (_, told) => Math.max(AXIS_LEAST, 14 + FIGURE_WIDE * Math.max(0, ...(told ?? []).map((each) => each.length)));
  return {
    width,
    height: split ? SPLIT_HIGH : HIGH,
    padding: [10, gutter, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: { y: { range: (_, least, most) => range(least, most, said) } },
    axes: [
      { ...axis, space: 76, size: 26, values: (_, splits) => splits.map(clock(at)), border: { show: true, stroke: style.color, width: 0.5 } },
      { ...axis, space: 34, size: wide, values: count, ...(whole(columns) && { incrs: WHOLE }) },
    ],
    series: [{}, ...columns.map((each, place) => line(each, getComputedStyle(labels[place]).color))],
    hooks: {
      draw: [(drawn) => settle(drawn, said)],
      setCursor: [(drawn) => tell(drawn.cursor.idx, said)],
    },
  };
}

// A point without neighbours would be a line of no length; the last one stands by its label.
function line(column, stroke) {
  const { values } = column;
  const alone = values.map((_, place) => place).filter((place) => place === values.length - 1 || ((values[place - 1] ?? null) === null && (values[place + 1] ?? null) === null));
  return { stroke, width: 2, points: { show: true, size: 6, fill: stroke, filter: () => alone } };
}

function range(least, most, { goal, split }) {
  if (least === null) return [0, goal ?? 1];
  if (split) return around(least, most);
  const top = Math.max(most, goal ?? 0);
  return [Math.min(0, least), top > 0 ? top * 1.12 : 1];
}

// What hardly moves is drawn close by, what does not move amid some room.
function around(least, most) {
  const room = least === most ? Math.max(1, Math.abs(least) * AROUND) : (most - least) * 0.2;
  return [least - room, most + room];
}

function whole(columns) {
  return columns.every((each) => each.values.every((value) => value === null || Number.isInteger(value)));
}

function spoken() {
  const { lang } = document.documentElement;
  return { words: lang === "en" ? "en-GB" : `${lang}-u-nu-latn`, digits: lang === "ur" ? "en" : lang };
}

function numbers(splits) {
  const step = splits.length > 1 ? splits[1] - splits[0] : 1;
  const most = Math.max(...splits.map(Math.abs), step);
  const figures = Math.max(2, Math.ceil(Math.log10(most / step)) + 1);
  const notation = figures > COMPACT_MOST ? "standard" : "compact";
  const format = new Intl.NumberFormat(spoken().digits, { notation, maximumSignificantDigits: Math.min(figures, 20) });
  return splits.map((each) => format.format(each));
}

function clock(at) {
  const step = at.length > 1 ? at[1].seconds - at[0].seconds : DAY_SECONDS;
  const parts = step < DAY_SECONDS ? { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } : { day: "numeric", month: "short" };
  const format = new Intl.DateTimeFormat(spoken().words, { ...parts, timeZone: "UTC" });
  return (seconds) => format.format(new Date(seconds * 1000));
}

// Labels stand by the ends of their lines, and where two would meet the upper one moves up.
function settle(drawn, { columns, labels, aim, goal, split }) {
  if (split) return;
  const left = drawn.over.offsetLeft + drawn.over.offsetWidth + 8;
  const top = drawn.root.offsetTop + drawn.over.offsetTop;
  const ends = columns.map((each, place) => [labels[place], each.values.findLast((value) => value !== null) ?? null]);
  if (aim) {
    ends.push([aim, goal]);
    dashed(drawn, goal, getComputedStyle(aim).color);
  }
  const placed = ends.filter(([, value]) => value !== null).map(([end, value]) => [end, drawn.valToPos(value, "y")]);
  placed.sort((one, other) => other[1] - one[1]);
  let limit = Infinity;
  for (const [end, y] of placed) {
    const at = Math.min(y, limit);
    end.style.left = `${left}px`;
    end.style.top = `${top + at - end.offsetHeight / 2}px`;
    limit = at - Math.max(LINE_APART, end.offsetHeight);
  }
}

function dashed(drawn, value, stroke) {
  const { ctx, bbox } = drawn;
  const y = drawn.valToPos(value, "y", true);
  ctx.save();
  ctx.strokeStyle = stroke;
  ctx.lineWidth = uPlot.pxRatio;
  ctx.setLineDash([5 * uPlot.pxRatio, 4 * uPlot.pxRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

function tell(place, { at, columns, now, split }) {
  now.replaceChildren();
  if (place === null || place === undefined) return;
  append(now, "span").textContent = at[place].told;
  for (const each of columns) append(now, "span", each.tone).textContent = split ? each.told[place] : `${each.name} ${each.told[place]}`;
}

customElements.define("series-chart", SeriesChart);
