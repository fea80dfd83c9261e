// Draws the curves of the selected object over its histogram, and lets people move them: points, sliders, opacity.
import { clamp } from '../clamp.js';
import { answerCurve, at, CHANNELS, composeCurves, identityEdit } from '../edit/compose.js';
import { controlsOf, resetControls, setControls, tryControls } from '../edit/controls.js';
import { slider } from './slider.js';

const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT] = [256, 176];
const NAMES = { rgb: 'All', red: 'Red', green: 'Green', blue: 'Blue' };
const REACH = 0.05; // of the width: how near to a point a press takes hold of it
const KEY_STEP = 0.01;
const BARS = 64;
const SLIDERS = [
  { key: 'exposure', label: 'Exposure', min: -2, max: 2, step: 0.05 },
  { key: 'contrast', label: 'Contrast', min: -100, max: 100, step: 1, scale: 100 },
  { key: 'warmth', label: 'Warmth', min: -100, max: 100, step: 1, scale: 100 },
  { key: 'tint', label: 'Tint', min: -100, max: 100, step: 1, scale: 100 },
  { key: 'saturation', label: 'Saturation', min: -100, max: 100, step: 1, scale: 100 },
  { key: 'hue', label: 'Hue', min: -180, max: 180, step: 1, unit: '°' },
];

const shape = (name, attributes, parent) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent?.append(made);
  return made;
};
const line = (curve) =>
  curve
    .map((y, k) => `${((WIDTH * k) / (curve.length - 1)).toFixed(1)},${(HEIGHT * (1 - y)).toFixed(1)}`)
    .join(' ');
const percent = (value) => `${Math.round(100 * value)} %`;

// Returns the mean of three curves at 65 inputs, for the view of all channels.
const meanCurve = (curves) =>
  Array.from({ length: 65 }, (_, k) => curves.reduce((sum, curve) => sum + at(curve, k / 64) / 3, 0));

// Returns counts of the levels of an object, one row a channel; `sample`: RGBA pixels with the matte as alpha.
export const histogram = (sample) => {
  const counts = CHANNELS.map(() => new Float32Array(BARS));
  for (let k = 0; k < sample.length; k += 4)
    for (let c = 0; c < 3; c += 1) counts[c][Math.floor((sample[k + c] * BARS) / 256)] += sample[k + 3] / 255;
  return counts;
};

const bars = (counts) => {
  const most = Math.max(1e-6, ...counts);
  const top = [...counts].map((count, k) => {
    const y = (HEIGHT * (1 - Math.sqrt(count / most) * 0.92)).toFixed(1);
    return `L${((WIDTH * k) / BARS).toFixed(1)} ${y}H${((WIDTH * (k + 1)) / BARS).toFixed(1)}`;
  });
  return `M0 ${HEIGHT}${top.join('')}L${WIDTH} ${HEIGHT}Z`;
};

const markup = `<div class="wb-channels" role="radiogroup" aria-label="Channel">${Object.entries(NAMES)
  .map(([key, name]) => `<button type="button" role="radio" data-channel="${key}">${name}</button>`)
  .join('')}</div><div class="wb-curve-box"></div>
  <p class="wb-axis"><span>Dark</span><span class="wb-curve-read" aria-live="polite">in the object as pasted</span><span>Bright</span></p>
  <div class="wb-sliders"></div><div class="wb-panel-row">
  <button type="button" data-do="straight">Clear this curve</button><button type="button" data-do="answer">Reset to the answer</button></div>`;

export const curvesPanel = (bench) => {
  const root = bench.panel('curves', 'Colour');
  root.insertAdjacentHTML('beforeend', markup);
  const view = { channel: 'rgb', drag: null };
  const board = drawing(root.querySelector('.wb-curve-box'));
  const read = root.querySelector('.wb-curve-read');
  const points = () => controlsOf(bench.object).curves[view.channel];
  let plain = {}; // the curves without the points of the shown channel
  const plainCurves = () => {
    const { answer = null, controls = null } = bench.object ?? {};
    if (plain.answer !== answer || plain.controls !== controls || plain.channel !== view.channel) {
      const all = controlsOf(bench.object);
      const without = { ...all, curves: { ...all.curves, [view.channel]: [] } };
      const curves = composeCurves(answer, without);
      const shown = view.channel === 'rgb' ? meanCurve(Object.values(curves)) : curves[view.channel];
      plain = { answer, controls, channel: view.channel, curve: shown };
    }
    return plain.curve;
  };
  // Returns the height of the curve at an input if the shown channel had no points.
  const ground = (x) => at(plainCurves(), x);
  const write = (next, label) => {
    const mutate = (controls) => {
      controls.curves[view.channel] = next;
    };
    if (label) setControls(bench, label, mutate);
    else tryControls(bench, mutate);
  };
  const moved = (index, x, y) => {
    const now = points();
    const [low, high] = [now[index - 1]?.[0] ?? -0.01, now[index + 1]?.[0] ?? 1.01];
    const input = clamp(clamp(x, low + 0.01, high - 0.01), 0, 1);
    return now.map((point, k) => (k === index ? [input, clamp(y, 0, 1) - ground(input)] : point));
  };
  const placeOf = (event) => {
    const area = board.svg.getBoundingClientRect();
    return [
      clamp((event.clientX - area.left) / area.width, 0, 1),
      clamp(1 - (event.clientY - area.top) / area.height, 0, 1),
    ];
  };
  const nearest = (x, y) => {
    const near = points().map(([px, dy], k) => [
      Math.hypot(px - x, ((ground(px) + dy - y) * HEIGHT) / WIDTH),
      k,
    ]);
    const [distance, index] = near.sort((a, b) => a[0] - b[0])[0] ?? [1, -1];
    return distance < REACH ? index : -1;
  };
  const focusPoint = (index) => board.dots.children[index]?.focus();

  board.svg.addEventListener('pointerdown', (event) => {
    if (event.button || !bench.object) return;
    event.preventDefault();
    board.svg.setPointerCapture(event.pointerId);
    const [x, y] = placeOf(event);
    let index = nearest(x, y);
    if (index < 0) {
      const added = [...points(), [x, y - ground(x)]].sort((a, b) => a[0] - b[0]);
      index = added.findIndex((point) => point[0] === x);
      write(added);
    }
    view.drag = index;
    focusPoint(index);
  });
  board.svg.addEventListener('pointermove', (event) => {
    if (view.drag === null) return;
    const [x, y] = placeOf(event);
    write(moved(view.drag, x, y));
    read.textContent = `${percent(x)} becomes ${percent(y)}`;
  });
  const release = () => {
    if (view.drag === null) return;
    write(points(), 'Curve');
    view.drag = null;
    read.textContent = 'in the object as pasted';
  };
  board.svg.addEventListener('pointerup', release);
  board.svg.addEventListener('pointercancel', release);
  const remove = (index) =>
    write(
      points().filter((_, k) => k !== index),
      'Remove a point',
    );
  board.svg.addEventListener('dblclick', (event) => {
    const index = nearest(...placeOf(event));
    if (index >= 0) remove(index);
  });
  board.dots.addEventListener('keydown', (event) => {
    const index = [...board.dots.children].indexOf(event.target);
    const step = KEY_STEP * (event.shiftKey ? 10 : 1);
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[
      event.key
    ];
    if (event.key === 'Delete' || event.key === 'Backspace') remove(index);
    else if (by) {
      const [x, dy] = points()[index];
      write(moved(index, x + by[0], ground(x) + dy + by[1]), 'Curve');
    } else return;
    event.preventDefault();
    event.stopPropagation();
    focusPoint(Math.min(index, points().length - 1));
  });

  const sliders = SLIDERS.map(({ key, scale = 1, ...options }) => {
    const set = (controls, value) => {
      controls[key] = value / scale;
    };
    const made = slider({
      ...options,
      neutral: 0,
      onTry: (value) => tryControls(bench, (controls) => set(controls, value)),
      onChange: (value) => setControls(bench, options.label, (controls) => set(controls, value)),
    });
    return { made, value: () => Number((controlsOf(bench.object)[key] * scale).toFixed(4)) };
  });
  sliders.push(strength(bench), opacity(bench));
  root.querySelector('.wb-sliders').append(...sliders.map(({ made }) => made.element));
  root.addEventListener('click', (event) => {
    const { channel, do: action } = event.target.closest('button')?.dataset ?? {};
    if (channel) view.channel = channel;
    if (action === 'straight') write([], 'Clear the curve');
    if (action === 'answer') resetControls(bench);
    draw();
  });
  root.querySelector('.wb-channels').addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const names = Object.keys(NAMES);
    view.channel = names[(names.indexOf(view.channel) + by + names.length) % names.length];
    event.preventDefault();
    draw();
    root.querySelector('[aria-checked=true]').focus();
  });

  const drawBars = () => board.drawBars(bench.object ? bench.stage.sample(bench.object) : null, view.channel);
  const draw = () => {
    const object = bench.object;
    root.classList.toggle('wb-off', !object);
    for (const button of root.querySelectorAll('[data-channel]')) {
      const chosen = button.dataset.channel === view.channel;
      button.setAttribute('aria-checked', String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
    for (const { made, value } of sliders) {
      made.set(value());
      made.disable(!object);
    }
    for (const button of root.querySelectorAll('[data-do]')) button.disabled = !object;
    board.draw(
      object,
      view.channel,
      object ? points().map(([x, dy]) => [x, clamp(ground(x) + dy, 0, 1)]) : [],
    );
    drawBars();
  };
  for (const name of ['document', 'selection']) bench.on(name, draw);
  bench.on('drawn', drawBars);
  draw();
};

const strength = (bench) => ({
  made: slider({
    label: 'Strength of the answer',
    min: 0,
    max: 150,
    step: 5,
    neutral: 100,
    unit: '%',
    onTry: (value) =>
      tryControls(bench, (controls) => {
        controls.colour = value / 100;
      }),
    onChange: (value) =>
      setControls(bench, 'Strength', (controls) => {
        controls.colour = value / 100;
      }),
  }),
  value: () => Math.round(100 * controlsOf(bench.object).colour),
});

const opacity = (bench) => {
  const write = (value) => (draft) => {
    const object = draft.objects.find(({ id }) => id === bench.object?.id);
    if (object) object.opacity = value / 100;
  };
  return {
    made: slider({
      label: 'Opacity of all changes',
      min: 0,
      max: 100,
      step: 1,
      neutral: 100,
      unit: '%',
      onTry: (value) => bench.try(write(value)),
      onChange: (value) => bench.change('Opacity', write(value)),
    }),
    value: () => Math.round(100 * (bench.object?.opacity ?? 1)),
  };
};

// Builds the drawing of the curves; returns its parts and the functions that draw into it.
const drawing = (box) => {
  const svg = shape(
    'svg',
    { class: 'wb-curves', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none' },
    box,
  );
  const dots = document.createElement('div');
  dots.className = 'wb-dots';
  box.append(dots);
  const grid = [1, 2, 3]
    .map((k) => `M${(WIDTH * k) / 4} 0V${HEIGHT}M0 ${(HEIGHT * k) / 4}H${WIDTH}`)
    .join('');
  const histograms = shape('g', { class: 'wb-bars' }, svg);
  shape('path', { class: 'wb-grid', d: `${grid}M0 ${HEIGHT}L${WIDTH} 0` }, svg);
  const thin = shape('g', { class: 'wb-answer' }, svg);
  const lines = shape('g', { class: 'wb-lines' }, svg);
  const draw = (object, channel, points) => {
    const controls = controlsOf(object);
    const answer = object?.answer ?? identityEdit();
    const shown = channel === 'rgb' ? CHANNELS : [channel];
    thin.replaceChildren();
    lines.replaceChildren();
    for (const name of shown) {
      shape('polyline', { class: `wb-${name}`, points: line(answerCurve(answer, controls, name)) }, thin);
      const curve = object?.edit?.curves[name] ?? answer.curves[name];
      if (object) shape('polyline', { class: `wb-${name}`, points: line(curve) }, lines);
    }
    while (dots.children.length > points.length) dots.lastChild.remove();
    points.forEach(([x, y], k) => {
      const dot = dots.children[k] ?? dots.appendChild(document.createElement('button'));
      dot.type = 'button';
      dot.style.left = `${100 * x}%`;
      dot.style.top = `${100 * (1 - y)}%`;
      dot.setAttribute('aria-label', `Point: ${percent(x)} becomes ${percent(y)}`);
    });
  };
  let counted = null;
  const drawBars = (sample, channel) => {
    if (sample === counted?.sample && channel === counted?.channel) return;
    counted = { sample, channel };
    histograms.replaceChildren();
    if (!sample) return;
    const counts = histogram(sample);
    CHANNELS.forEach((name, c) => {
      if (channel === 'rgb' || channel === name)
        shape('path', { class: `wb-${name}`, d: bars(counts[c]) }, histograms);
    });
  };
  return { svg, dots, draw, drawBars };
};
